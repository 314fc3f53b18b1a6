namespace Rlhf.Inference.Tests;

public sealed class BaseModelTests
{
    [Fact]
    public void SaveAndLoad_GiveTheSameModel()
    {
        using var folder = new ScratchFolder();
        BaseModel model = TestModels.Random();
        model.Save(folder.Path, WeightType.Float32);
        BaseModel again = BaseModel.Load(folder.Path);
        Assert.Equal(new LogitsEvaluator(model).Logits([5, 6, 7]), new LogitsEvaluator(again).Logits([5, 6, 7]));
        Assert.Equal(64, again.Fingerprint.Length);
        Assert.Equal(again.Fingerprint, BaseModel.Load(folder.Path).Fingerprint);
        Assert.NotEqual(again.Fingerprint, TestModels.Random(2).Fingerprint);
    }

    [Fact]
    public void SavedAsBFloat16_TheWeightsAreRounded_AndTheFileIsHalf()
    {
        using var folder = new ScratchFolder();
        BaseModel model = TestModels.Random();
        model.Save(folder["full"], WeightType.Float32);
        model.Save(folder["half"], WeightType.BFloat16);
        BaseModel again = BaseModel.Load(folder["half"]);
        Assert.Equal(WeightType.BFloat16, again.Config.WeightType);
        Assert.True(new FileInfo(folder["half/model.safetensors"]).Length < new FileInfo(folder["full/model.safetensors"]).Length * 0.6);
        foreach ((string name, WeightTensor tensor) in model.Weights.Tensors)
            Assert.All(tensor.Values.Zip(again.Weights[name].Values), pair => Assert.Equal(pair.First, pair.Second, Math.Abs(pair.First) / 256));
    }

    [Fact]
    public void AFolderThatIsNotThere_IsNamed() =>
        Assert.Contains("/no/such/model", Assert.Throws<DirectoryNotFoundException>(() => BaseModel.Load("/no/such/model")).Message);

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("model.safetensors")]
    public void AMissingFile_IsNamed(string file)
    {
        using var folder = new ScratchFolder();
        TestModels.Random().Save(folder.Path, WeightType.Float32);
        File.Delete(folder[file]);
        Assert.Contains($"lacks {file}", Assert.Throws<FileNotFoundException>(() => BaseModel.Load(folder.Path)).Message);
    }

    [Fact]
    public void WeightsOfAnotherShape_AreNamed()
    {
        using var folder = new ScratchFolder();
        TestModels.Random().Save(folder.Path, WeightType.Float32);
        (TestModels.Config with { IntermediateSize = 51 }).Save(folder["config.json"]);
        string message = Assert.Throws<InvalidDataException>(() => BaseModel.Load(folder.Path)).Message;
        Assert.Contains("'model.layers.0.mlp.gate_proj.weight' is [50, 36]; the config asks for [51, 36]", message);
        Assert.Contains(folder.Path, message);
    }

    [Fact]
    public void AMissingAndAnUnknownTensor_AreNamed()
    {
        var tensors = new Dictionary<string, WeightTensor>(TestModels.Random().Weights.Tensors);
        tensors.Add("model.layers.0.self_attn.q_proj.bias", new WeightTensor(new float[60], 60));
        Assert.Contains("q_proj.bias", Assert.Throws<InvalidDataException>(() => new ModelWeights(TestModels.Config, tensors)).Message);
        tensors.Remove("model.norm.weight");
        Assert.Contains("lack 'model.norm.weight', which should be [36]", Assert.Throws<InvalidDataException>(() => new ModelWeights(TestModels.Config, tensors)).Message);
    }

    [Fact]
    public void ATokenizerLargerThanTheEmbedding_IsRefused()
    {
        ModelConfig config = TestModels.Config with { VocabularySize = 300 };
        Assert.Contains("only 300 rows", Assert.Throws<InvalidDataException>(() => new BaseModel(config, TestModels.Tokenizer, ModelWeights.Random(config, 1))).Message);
    }

    [Fact]
    public void AChatTemplateThatIsNotUnderstood_IsRefusedWithItsLine()
    {
        using var folder = new ScratchFolder();
        TestModels.Random().Save(folder.Path, WeightType.Float32);
        File.WriteAllText(folder["tokenizer_config.json"], """{"chat_template": "{{ bos_token }}\n{% include 'x' %}"}""");
        string message = Assert.Throws<InvalidDataException>(() => BaseModel.Load(folder.Path)).Message;
        Assert.Contains("tokenizer_config.json, 'chat_template': the template is not understood: line 2: the tag 'include' is not supported; supported are if,", message);
    }

    [Fact]
    public void AForeignChatTemplate_IsUsed_AndSavedAgain()
    {
        using var folder = new ScratchFolder();
        TestModels.Random().Save(folder.Path, WeightType.Float32);
        File.WriteAllText(folder["tokenizer_config.json"], """{"eos_token": "<|end|>", "chat_template": [{"name": "other", "template": "x"}, {"name": "default", "template": "{% for m in messages %}{{ m.role }}: {{ m.content + eos_token }}{% endfor %}"}]}""");
        File.WriteAllText(folder["generation_config.json"], """{"eos_token_id": [0, 2]}""");
        BaseModel model = BaseModel.Load(folder.Path);
        int[] ids = model.Template.Render([("user", "a<|end|>")], openAssistant: true);
        Assert.Equal("user: a<|end|><|end|>", model.Tokenizer.Decode(ids, skipSpecial: false));
        Assert.Equal(1, ids.Count(id => id == model.Template.EndId));
        Assert.Equal([0, 2], model.Config.EosTokenIds);
        using var again = new ScratchFolder();
        model.Save(again.Path, WeightType.Float32);
        Assert.Equal(ids, BaseModel.Load(again.Path).Template.Render([("user", "a<|end|>")], openAssistant: true));
    }
}
