using System.Reflection;
using TorchSharp.Tests.Surface;

namespace Azure.Data.Tables.Tests.Surface;

/// <summary>
/// The polyfill may hold less than Azure.Data.Tables, never more. The package is not on the feed, so
/// azure-data-tables-12.11.txt keeps, for the types that the polyfill has, what the package's published API listing
/// for .NET 10 says, as lines of <see cref="Signatures"/>.
/// </summary>
public sealed class SurfaceTests
{
    [Fact]
    public void EveryMemberOfThePolyfillIsAMemberOfThePackage()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("azure-data-tables-12.11.txt")!;
        var real = new StreamReader(stream).ReadToEnd().Split('\n').ToHashSet();

        Assert.Equal([], Signatures.Of(typeof(TableClient).Assembly).Where(signature => !real.Contains(signature)).Order());
    }
}
