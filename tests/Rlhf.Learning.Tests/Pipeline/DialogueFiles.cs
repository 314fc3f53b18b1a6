using System.IO.Compression;
using System.Text.Json;

namespace Rlhf.Learning.Tests.Pipeline;

/// <summary>A folder of its own with a small file of dialogues.</summary>
internal sealed class DialogueFiles : IDisposable
{
    private static readonly string[] Drinks = ["latte", "mocha", "chai", "espresso"];
    private static readonly string[] Sizes = ["small", "medium", "large"];

    public string Folder { get; } = Directory.CreateTempSubdirectory("rlhf-learning-").FullName;

    public string Path(string name) => System.IO.Path.Combine(Folder, name);

    /// <summary>Orders that follow one pattern, so that a tiny model can learn them by heart.</summary>
    public string Orders(int count = 40)
    {
        var path = Path("orders.jsonl.gz");
        using var file = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        using var writer = new StreamWriter(file);
        for (var i = 0; i < count; i++)
        {
            var (drink, size) = (Drinks[i % 4], Sizes[i % 3]);
            writer.WriteLine(JsonSerializer.Serialize(new
            {
                id = $"{(i % 10 == 9 ? "dev" : "train")}/{i}",
                messages = new object[]
                {
                    new { role = "user", content = $"one {size} {drink} please" },
                    new { role = "assistant", content = $"a {size} {drink}, is that correct?" },
                    new { role = "user", content = "yes" },
                    new { role = "assistant", content = $"your {drink} will be ready soon" },
                },
            }));
        }

        return path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
