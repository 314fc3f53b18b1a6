using Rlhf.Inference;
using Rlhf.Inference.Tests;

namespace Rlhf.Server.Tests;

/// <summary>Models of random weights that servers are started on.</summary>
internal static class TinyModel
{
    /// <summary>Its folder, which any number of servers may share. It goes with the process.</summary>
    public static string Folder { get; } = Save(TestModels.Random(config: TestModels.Config with { ContextLength = 256 }));

    /// <summary>Another, of which every reply near temperature zero is as long as was asked for: the logit of what would end one is
    /// zero, which is never the largest.</summary>
    public static string Endless { get; } = Save(WithoutEnd());

    private static BaseModel WithoutEnd()
    {
        var model = TestModels.Random(config: TestModels.Config with { ContextLength = 100_000 });
        foreach (var end in model.Config.EosTokenIds)
        {
            model.Weights[ModelWeights.Embedding].Values.AsSpan(end * model.Config.HiddenSize, model.Config.HiddenSize).Clear();
        }

        return model;
    }

    private static string Save(BaseModel model)
    {
        var folder = Directory.CreateTempSubdirectory("rlhf-model-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        model.Save(folder, WeightType.Float32);
        return folder;
    }
}
