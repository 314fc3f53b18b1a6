using System.Text.Json.Nodes;

namespace Rlhf.Inference.Tests;

public sealed class WeightFilesTests : IDisposable
{
    private const string First = "model-00001-of-00002.safetensors";
    private const string Second = "model-00002-of-00002.safetensors";

    private readonly ScratchFolder _folder = new();
    private readonly BaseModel _model = TestModels.Random();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(WeightType.Float32)]
    [InlineData(WeightType.Float16)]
    [InlineData(WeightType.BFloat16)]
    public void Shards_AreTheSameModelAsOneFile(WeightType type)
    {
        Shard(type);
        BaseModel sharded = BaseModel.Load(_folder.Path);
        using var single = new ScratchFolder();
        _model.Save(single.Path, type);
        BaseModel whole = BaseModel.Load(single.Path);
        Assert.Equal(whole.Weights.Tensors.Keys, sharded.Weights.Tensors.Keys);
        foreach ((string name, WeightTensor tensor) in whole.Weights.Tensors)
            Assert.Equal(tensor.Values, sharded.Weights[name].Values);
        Assert.NotEqual(whole.Fingerprint, sharded.Fingerprint);
    }

    [Fact]
    public void AMissingShard_IsNamed()
    {
        Shard(WeightType.Float32);
        File.Delete(_folder[Second]);
        Assert.Contains($"lacks the shard {Second}", Assert.Throws<FileNotFoundException>(() => BaseModel.Load(_folder.Path)).Message);
    }

    [Fact]
    public void WhatTheIndexAndTheShardsDisagreeOn_IsNamed()
    {
        Shard(WeightType.Float32);
        Refused(index => index["weight_map"]!["model.norm.weight"] = First, $"{First} lacks 'model.norm.weight', which model.safetensors.index.json has there");
        Refused(index => index["weight_map"]![ModelWeights.Embedding] = Second, $"{First} holds 'model.embed_tokens.weight', which model.safetensors.index.json has in {Second}");
        Refused(index => index["weight_map"]!.AsObject().Remove("model.norm.weight"), "holds 'model.norm.weight', which model.safetensors.index.json does not name");
        Refused(index => index["weight_map"]!["model.extra"] = Second, $"{Second} lacks 'model.extra'");
        Refused(index => index["weight_map"]!["model.norm.weight"] = "../" + Second, "the name of a file in the same folder");
        Refused(index => index["weight_map"] = new JsonObject(), "is empty");
        Refused(index => index.Remove("weight_map"), "'weight_map' is missing");
    }

    [Fact]
    public void AnUnknownType_IsNamed_UnlessTheTensorSaysNothingNew()
    {
        _model.Save(_folder.Path, WeightType.Float16);
        string path = _folder[WeightFiles.SingleFile];
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, Replaced(bytes, "\"model.norm.weight\":{\"dtype\":\"F16\"", "\"model.norm.weight\":{\"dtype\":\"I16\""));
        Assert.Contains("'model.norm.weight': dtype is 'I16'; supported are F32, BF16 and F16", Assert.Throws<InvalidDataException>(() => BaseModel.Load(_folder.Path)).Message);
        Assert.DoesNotContain("model.norm.weight", SafeTensors.Open(path, name => name != "model.norm.weight").Keys);
    }

    [Fact]
    public void NumbersOfAFile_AreReadOnce_WhileSomebodyHoldsThem()
    {
        int reads = 0;
        var tensor = new WeightTensor(() => [++reads, 2], [2]);
        float[] held = tensor.Values;
        Assert.Same(held, tensor.Values);
        GC.KeepAlive(held);
        Assert.Equal(1, reads);
    }

    [Fact]
    public void AModelThatIsReplacedOnDisk_StaysWhatItWas()
    {
        _model.Save(_folder.Path, WeightType.Float32);
        BaseModel loaded = BaseModel.Load(_folder.Path);
        TestModels.Random(2).Save(_folder.Path, WeightType.Float32);
        Assert.Equal(_model.Weights[ModelWeights.FinalNorm].Values, loaded.Weights[ModelWeights.FinalNorm].Values);
        Assert.Equal(_model.Weights[ModelWeights.Embedding].Values, loaded.Weights[ModelWeights.Embedding].Values);
    }

    private static byte[] Replaced(byte[] bytes, string from, string to)
    {
        int at = bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(from));
        Assert.True(at > 0);
        System.Text.Encoding.UTF8.GetBytes(to).CopyTo(bytes, at);
        return bytes;
    }

    private void Shard(WeightType type)
    {
        _model.Save(_folder.Path, type);
        File.Delete(_folder[WeightFiles.SingleFile]);
        var map = new JsonObject();
        int half = _model.Weights.Tensors.Count / 2;
        Write(First, _model.Weights.Tensors.Take(half));
        Write(Second, _model.Weights.Tensors.Skip(half));
        File.WriteAllText(_folder[WeightFiles.IndexFile], new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = 1 }, ["weight_map"] = map }.ToJsonString());

        void Write(string file, IEnumerable<KeyValuePair<string, WeightTensor>> tensors)
        {
            var part = new Dictionary<string, WeightTensor>(tensors);
            SafeTensors.Write(_folder[file], part, type);
            foreach (string name in part.Keys)
                map[name] = file;
        }
    }

    private void Refused(Action<JsonObject> change, string message)
    {
        string path = _folder[WeightFiles.IndexFile];
        string before = File.ReadAllText(path);
        JsonObject index = JsonNode.Parse(before)!.AsObject();
        change(index);
        File.WriteAllText(path, index.ToJsonString());
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => BaseModel.Load(_folder.Path)).Message);
        File.WriteAllText(path, before);
    }
}
