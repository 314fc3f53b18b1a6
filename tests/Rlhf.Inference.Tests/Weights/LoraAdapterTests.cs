using System.Text.Json;

namespace Rlhf.Inference.Tests;

public sealed class LoraAdapterTests
{
    private static readonly LoraAdapter Adapter = TestModels.Adapter(TestModels.Config, rank: 3, seed: 1);

    [Fact]
    public void AsBytes_AsAFile_AndAsAFolder_ItComesBack()
    {
        using var folder = new ScratchFolder();
        Adapter.Save(folder["v1.safetensors"]);
        Adapter.Save(folder["v1"]);
        foreach (LoraAdapter again in (LoraAdapter[])[LoraAdapter.FromBytes(Adapter.ToBytes(), "v1"), LoraAdapter.Load(folder["v1.safetensors"]), LoraAdapter.Load(folder["v1"])])
        {
            Assert.Equal((Adapter.Rank, Adapter.Alpha, Adapter.Scale), (again.Rank, again.Alpha, again.Scale));
            Assert.Equal(Adapter.Modules.Keys.Order(), again.Modules.Keys.Order());
            foreach ((string path, LoraPair pair) in Adapter.Modules)
            {
                Assert.Equal(pair.A.Values, again.Modules[path].A.Values);
                Assert.Equal(pair.B.Values, again.Modules[path].B.Values);
            }
        }
    }

    [Fact]
    public void TheFolder_IsAsPeftWritesIt()
    {
        using var folder = new ScratchFolder();
        Adapter.Save(folder["v1"]);
        SafeTensorsContent content = SafeTensors.Read(folder["v1/adapter_model.safetensors"]);
        Assert.Equal([3, 36], content.Tensors["base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"].Shape);
        Assert.Equal([60, 3], content.Tensors["base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight"].Shape);
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(folder["v1/adapter_config.json"]));
        Assert.Equal("LORA", config.RootElement.GetProperty("peft_type").GetString());
        Assert.Equal(3, config.RootElement.GetProperty("r").GetInt32());
        Assert.Equal(6, config.RootElement.GetProperty("lora_alpha").GetDouble());
        Assert.Equal(["down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj"], config.RootElement.GetProperty("target_modules").Deserialize<string[]>()!);
    }

    [Fact]
    public void SomeProjectionsOnly_IsAnAdapterToo()
    {
        LoraAdapter some = new(3, 6, Adapter.Modules.Where(module => module.Key.EndsWith("v_proj")).ToDictionary());
        some.CheckFits(TestModels.Config);
        Assert.Equal(2, LoraAdapter.FromBytes(some.ToBytes(), "some").Modules.Count);
    }

    [Fact]
    public void WhatIsNoAdapter_IsRefusedWithTheReason()
    {
        byte[] model = SafeTensors.ToBytes(TestModels.Random().Weights.Tensors, WeightType.Float32);
        Assert.Contains("lack 'r' or 'lora_alpha'", Assert.Throws<InvalidDataException>(() => LoraAdapter.FromBytes(model, "m")).Message);

        var notes = new Dictionary<string, string> { ["r"] = "3", ["lora_alpha"] = "6" };
        var tensors = new Dictionary<string, WeightTensor> { ["base_model.model.model.layers.0.mlp.up_proj.lora_A.weight"] = new(new float[6], 3, 2) };
        Assert.Contains("without 'base_model.model.model.layers.0.mlp.up_proj.lora_B.weight'", Refusal());
        tensors.Add("base_model.model.model.layers.0.mlp.up_proj.lora_B.weight", new(new float[8], 2, 4));
        Assert.Contains("rank 3 needs [3, in] and [out, 3]", Refusal());
        tensors.Add("model.norm.weight", new(new float[8], 8));
        Assert.Contains("'model.norm.weight' is no LoRA weight", Refusal());

        string Refusal() => Assert.Throws<InvalidDataException>(() => LoraAdapter.FromBytes(SafeTensors.ToBytes(tensors, WeightType.Float32, notes), "a")).Message;
    }

    [Fact]
    public void AnAdapterOfAnotherModel_DoesNotFit()
    {
        Assert.Contains("'model.layers.1.", Assert.Throws<InvalidDataException>(() => Adapter.CheckFits(TestModels.Config with { Layers = 1 })).Message);
        Assert.Contains("the model needs [3, 36] and [51, 3]", Assert.Throws<InvalidDataException>(() => Adapter.CheckFits(TestModels.Config with { IntermediateSize = 51 })).Message);
    }
}
