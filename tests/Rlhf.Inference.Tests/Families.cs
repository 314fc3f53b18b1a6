using System.Text.Json;

namespace Rlhf.Inference.Tests;

/// <summary>Tiny models of each family with what other programs made of them; <c>Data/families.py</c> is the script.</summary>
internal static class Families
{
    public static TheoryData<string> Names => new("gpt2", "llama2", "llama3", "qwen2");

    public static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "Data", "families", name);

    public static Tokenizer Tokenizer(string name) => Inference.Tokenizer.Load(Path.Combine(Folder(name), "tokenizer.json"));

    /// <summary>What the model in a folder must give.</summary>
    public static JsonElement Expected(string name) => Read(Path.Combine(Folder(name), "expected.json"));

    public static JsonElement Read(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        return document.RootElement.Clone();
    }
}
