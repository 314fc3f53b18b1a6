using System.Text.Json;

namespace Rlhf.Inference.Tests;

/// <summary>Each family's forward pass against PyTorch's numbers and against the plain twin.</summary>
public sealed class FamilyForwardTests
{
    public static TheoryData<string> Names => Families.Names;

    public static TheoryData<string> Configs => [.. TestModels.FamilyConfigs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Logits_EqualPyTorchs(string family)
    {
        JsonElement expected = Families.Expected(family);
        int[] ids = expected.GetProperty("ids").Deserialize<int[]>()!;
        double[][] last = expected.GetProperty("logits").Deserialize<double[][]>()!;
        BaseModel model = BaseModel.Load(Families.Folder(family));
        foreach (string width in (string[])["512", "256", "portable"])
        {
            float[][] logits = new LogitsEvaluator(model, null, AllKernels.Of(width), chunk: 5).Logits(ids);
            ForwardTests.AssertClose(last, logits[^last.Length..]);
        }
    }

    [Theory]
    [MemberData(nameof(Configs))]
    public void Logits_EqualThePlainTwins_WithAnAdapterToo(string name)
    {
        ModelConfig config = TestModels.FamilyConfigs[name];
        BaseModel model = TestModels.Random(3, config);
        int[] ids = [.. Enumerable.Range(0, 60).Select(i => (i * 37) % 400)];
        ForwardTests.AssertClose(new PlainForward(model).Logits(ids), new LogitsEvaluator(model).Logits(ids));
        LoraAdapter adapter = TestModels.Adapter(config, 4, 6, 0.1f);
        ForwardTests.AssertClose(new PlainForward(model, adapter).Logits(ids), new LogitsEvaluator(model, adapter).Logits(ids));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Replies_AreTheSame_HoweverManyThreadsAndWhateverElseRuns(string family)
    {
        BaseModel model = BaseModel.Load(Families.Folder(family));
        int[][] prompts = [.. Enumerable.Range(0, 5).Select(i => model.Tokenizer.Encode("a latte for Sam"[i..]))];
        var alone = new List<int[]>();
        foreach (int[] prompt in prompts)
            alone.AddRange(await ReplyAsync(threads: 1, [prompt]));
        Assert.Equal(alone, await ReplyAsync(threads: 2, prompts));

        async Task<int[][]> ReplyAsync(int threads, int[][] asked)
        {
            using var engine = new DecodeEngine(model, new DecodeOptions { Threads = threads });
            engine.Load("v", null);
            Generation[] replies = await Task.WhenAll(asked.Select(prompt => engine.CompleteAsync(new GenerationRequest
            {
                Version = "v",
                Prompt = prompt,
                MaxTokens = 12,
                Sampling = new SamplingOptions { Temperature = 0.9, Seed = 5 },
            })));
            return [.. replies.Select(reply => reply.Tokens.ToArray())];
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void SavedAgain_TheFolderIsTheSameModel(string family)
    {
        BaseModel model = BaseModel.Load(Families.Folder(family));
        using var folder = new ScratchFolder();
        model.Save(folder.Path, model.Config.WeightType);
        BaseModel again = BaseModel.Load(folder.Path);
        Assert.Equal(model.Weights.Tensors.Keys, again.Weights.Tensors.Keys);
        foreach ((string name, WeightTensor tensor) in model.Weights.Tensors)
            Assert.Equal(tensor.Values, again.Weights[name].Values);
        Assert.Equal(model.Config.EosTokenIds, again.Config.EosTokenIds);
        Assert.Equal(model.Template.Render([("user", "Hi")], openAssistant: true), again.Template.Render([("user", "Hi")], openAssistant: true));
    }

    [Fact]
    public void AllEndsOfAReply_AreKnown()
    {
        BaseModel llama = BaseModel.Load(Families.Folder("llama3"));
        Assert.Equal(llama.Config.EosTokenIds.Order(), new[] { llama.Tokenizer.SpecialId("<|end_of_text|>")!.Value, llama.Template.EndId }.Order());
        BaseModel gpt2 = BaseModel.Load(Families.Folder("gpt2"));
        Assert.Equal([gpt2.Tokenizer.SpecialId("<|endoftext|>")!.Value], gpt2.Config.EosTokenIds);
    }

    [Fact]
    public void AGpt2ThatDoesNotHoldTogether_IsNamed()
    {
        ModelConfig config = TestModels.FamilyConfigs["gpt2"];
        Dictionary<string, WeightTensor> files = Gpt2Layout.ToFiles(config, ModelWeights.Random(config, 1));
        Assert.Equal([36, 108], files["h.0.attn.c_attn.weight"].Shape);
        Refused(all => all.Remove("h.1.ln_2.bias"), "lack 'h.1.ln_2.bias', which should be [36]");
        Refused(all => all["h.0.attn.c_attn.weight"] = new WeightTensor(new float[108 * 36], 108, 36), "'h.0.attn.c_attn.weight' is [108, 36]; the config asks for [36, 108]");
        Refused(all => all["h.9.ln_1.bias"] = files["ln_f.bias"], "hold 'h.9.ln_1.bias', which a Gpt2 of this config does not have");
        Refused(all => all["transformer.wte.weight"] = files["wte.weight"], "twice");
        Assert.NotEmpty(Gpt2Layout.FromFiles(config, files.ToDictionary(file => "transformer." + file.Key, file => file.Value)));

        void Refused(Action<Dictionary<string, WeightTensor>> change, string message)
        {
            var changed = new Dictionary<string, WeightTensor>(files);
            change(changed);
            Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Gpt2Layout.FromFiles(config, changed)).Message);
        }
    }
}
