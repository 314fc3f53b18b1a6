using System.Text.Json;

namespace Rlhf.Inference.Tests;

/// <summary>A model folder and logits that PyTorch made; <c>Data/tiny_llama.py</c> is the script.</summary>
public sealed class TinyLlamaTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Data", "tiny");

    public static TheoryData<string> Widths => AllKernels.Widths;

    [Theory]
    [MemberData(nameof(Widths))]
    public void Logits_EqualPyTorchs(string width)
    {
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "expected.json")));
        int[] ids = expected.RootElement.GetProperty("ids").Deserialize<int[]>()!;
        double[][] logits = expected.RootElement.GetProperty("logits").Deserialize<double[][]>()!;
        ForwardTests.AssertClose(logits, new LogitsEvaluator(BaseModel.Load(Folder), null, AllKernels.Of(width), chunk: 5).Logits(ids));
    }

    [Fact]
    public void TheTokenizer_MergesByItsRules()
    {
        Tokenizer tokenizer = BaseModel.Load(Folder).Tokenizer;
        Assert.Equal(["the", "ll", "our", "ing", " and", " the"], tokenizer.Encode("thellouring and the").Select(id => tokenizer.Decode([id])));
    }

    [Fact]
    public void SavedAgain_TheFolderIsTheSameModel()
    {
        BaseModel model = BaseModel.Load(Folder);
        using var folder = new ScratchFolder();
        model.Save(folder.Path, WeightType.BFloat16);
        BaseModel again = BaseModel.Load(folder.Path);
        foreach ((string name, WeightTensor tensor) in model.Weights.Tensors)
            Assert.Equal(tensor.Values, again.Weights[name].Values);
        Assert.Equal(model.Tokenizer.ToJson(), again.Tokenizer.ToJson());
        Assert.Equal(model.Config with { EosTokenIds = again.Config.EosTokenIds }, again.Config);
        Assert.Equal(model.Config.EosTokenIds, again.Config.EosTokenIds);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("model.safetensors")]
    public void AFileWithWrongBytes_IsRefusedClearly_OrStillAModel(string file)
    {
        using var folder = new ScratchFolder();
        foreach (string path in Directory.GetFiles(Folder))
            File.Copy(path, folder[Path.GetFileName(path)]);
        byte[] whole = File.ReadAllBytes(folder[file]);
        var random = new Random(11);
        for (int i = 0; i < 250; i++)
        {
            byte[] bytes = random.Next(4) == 0 ? whole[..random.Next(whole.Length)] : (byte[])whole.Clone();
            // Most of a weights file is numbers; what can be wrong with its form lies in front.
            for (int changes = random.Next(3); changes >= 0 && bytes.Length > 0; changes--)
                bytes[random.Next(Math.Min(bytes.Length, 3000))] = (byte)(random.Next(2) == 0 ? random.Next(256) : "0123456789\"{}[],:-"[random.Next(18)]);
            File.WriteAllBytes(folder[file], bytes);
            try
            {
                BaseModel.Load(folder.Path);
            }
            catch (InvalidDataException e)
            {
                Assert.Contains(folder.Path, e.Message);
            }
        }
    }
}
