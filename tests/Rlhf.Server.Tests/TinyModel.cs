using Rlhf.Inference;
using Rlhf.Inference.Tests;

namespace Rlhf.Server.Tests;

/// <summary>A model of random weights that servers are started on.</summary>
internal static class TinyModel
{
    /// <summary>Its folder, which any number of servers may share. It goes with the process.</summary>
    public static string Folder { get; } = Save();

    private static string Save()
    {
        var folder = Directory.CreateTempSubdirectory("rlhf-model-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        TestModels.Random(config: TestModels.Config with { ContextLength = 256 }).Save(folder, WeightType.Float32);
        return folder;
    }
}
