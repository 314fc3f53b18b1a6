using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Rlhf.Server.Tests;
using Rlhf.Storage.Tests;

namespace Rlhf.Scenarios;

/// <summary>The machine's language and what its environment says about globalization.</summary>
public sealed class LanguageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Numbers_are_written_the_same_in_every_language()
    {
        await using var server = await ServerProcess.StartWithAsync(("LC_ALL", "de_DE.UTF-8"), _folder.Path);
        var reply = await server.Client.PostAsJsonAsync("v1/chat/completions", new { model = "demo", messages = new[] { new { role = "user", content = "Hi" } }, max_tokens = 1 });
        var completion = JsonNode.Parse(await reply.Content.ReadAsStringAsync())!["id"]!.GetValue<string>();
        var answer = await server.Client.PostAsJsonAsync("v1/feedback", new { completion_id = completion, thumbs = "up", rater = new string('x', 12_345) });
        Assert.Contains("12,345 characters", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_tokenizer_that_needs_ICU_is_refused_where_it_is_switched_off()
    {
        foreach (var file in Directory.GetFiles(TinyModel.Folder))
        {
            File.Copy(file, Path.Combine(_folder.Path, Path.GetFileName(file)));
        }

        var path = Path.Combine(_folder.Path, "tokenizer.json");
        var tokenizer = JsonNode.Parse(File.ReadAllText(path))!;
        tokenizer["normalizer"] = new JsonObject { ["type"] = "NFC" };
        File.WriteAllText(path, tokenizer.ToJsonString());

        await using var server = await ServerProcess.StartWithAsync(("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1"), Path.Combine(_folder.Path, "data"), _folder.Path);
        Assert.Equal(1, await server.ExitCodeAsync());
        Assert.Contains("tokenizer.json", server.Printed);
        Assert.Contains("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", server.Printed.TrimEnd().Split('\n')[^1]);
    }

    public void Dispose() => _folder.Dispose();
}
