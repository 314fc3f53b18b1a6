using System.Reflection;

namespace TorchSharp.Tests.Surface;

/// <summary>
/// The polyfill may hold less than TorchSharp, never more. The package is not on the feed, so torchsharp-0.106.txt keeps
/// what its assembly has under the names that the polyfill uses: the lines of <see cref="Signatures"/> for the assembly
/// built from dotnet/TorchSharp at bdc2bcb1, which is 0.106.0.
/// </summary>
public sealed class SurfaceTests
{
    [Fact]
    public void EveryMemberOfThePolyfillIsAMemberOfThePackage()
    {
        var real = Real().ToHashSet();

        var invented = Signatures.Of(typeof(torch).Assembly).Where(signature => !real.Contains(signature)).Order();

        Assert.Equal([], invented);
    }

    private static string[] Real()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("torchsharp-0.106.txt")!;
        return new StreamReader(stream).ReadToEnd().Split('\n');
    }
}
