using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Learner.Manifests;

/// <summary>What computed a training. Where it differs, the same inputs may give other bits.</summary>
/// <param name="Code">This program's version with the commit it was built from.</param>
/// <param name="Packages">The versions of the packages that compute.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="System">Operating system and processor architecture.</param>
/// <param name="Vectors">Bits of the widest vectors that the processor has.</param>
/// <param name="Device">Where the learner computed.</param>
/// <param name="Threads">Threads of the learner.</param>
public sealed record TrainingEnvironment(
    string Code, ImmutableSortedDictionary<string, string> Packages, string Runtime, string System, int Vectors, string Device, int Threads)
{
    private static readonly string[] Computing = ["TorchSharp", "System.Numerics.Tensors"];

    /// <summary>This process, with a learner's options.</summary>
    public static TrainingEnvironment Here(LearnerOptions options) => new(
        VersionOf(typeof(TrainingEnvironment).Assembly),
        Computing.ToImmutableSortedDictionary(name => name, name => VersionOf(Assembly.Load(name)), StringComparer.Ordinal),
        RuntimeInformation.FrameworkDescription,
        $"{RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture}",
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128,
        options.Device,
        options.ThreadsHere);

    /// <summary>In what another one differs, each in a few words.</summary>
    public IEnumerable<string> DifferencesFrom(TrainingEnvironment other)
    {
        (string Name, object Here, object There)[] parts =
        [
            ("code", Code, other.Code), ("runtime", Runtime, other.Runtime), ("system", System, other.System), ("vectors", Vectors, other.Vectors), ("device", Device, other.Device),
            .. Packages.Keys.Union(other.Packages.Keys).Select(name => (name, (object)(Packages.GetValueOrDefault(name) ?? "none"), (object)(other.Packages.GetValueOrDefault(name) ?? "none"))),
        ];
        return parts.Where(part => !part.Here.Equals(part.There)).Select(part => $"{part.Name} {part.There} then, {part.Here} now");
    }

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version?.ToString() ?? "unknown";
}
