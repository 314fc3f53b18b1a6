using System.Text.Json.Nodes;
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

    /// <summary>One whose chat template shows tools and writes calls as Hermes does, and which reads long prompts.</summary>
    public static string WithTools { get; } = SaveWithTools();

    private static string SaveWithTools()
    {
        var folder = Save(TestModels.Random(config: TestModels.Config with { ContextLength = 50_000, VocabularySize = TestModels.Tokenizer.VocabularySize }));
        var path = Path.Combine(folder, "tokenizer_config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!;
        config["chat_template"] = """
            {%- if tools %}
                {{- '<|system|>Call these as <tool_call>{"name": ..., "arguments": {...}}</tool_call>:' }}
                {%- for tool in tools %}
                    {{- '\n' + tool | tojson }}
                {%- endfor %}
                {{- '<|end|>' }}
            {%- endif %}
            {%- for message in messages %}
                {{- '<|' + message.role + '|>' + message.content }}
                {%- if message.tool_calls %}
                    {%- for call in message.tool_calls %}
                        {{- '' if loop.first and not message.content else '\n' }}
                        {{- '<tool_call>\n{"name": "' + call.function.name + '", "arguments": ' }}
                        {{- call.function.arguments | tojson }}
                        {{- '}\n</tool_call>' }}
                    {%- endfor %}
                {%- endif %}
                {{- '<|end|>' }}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- '<|assistant|>' }}
            {%- endif %}
            """;
        File.WriteAllText(path, config.ToJsonString());
        return folder;
    }

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
