using System.Text.Json.Nodes;
using Rlhf.Server.Keys.Command;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Keys;

public sealed class KeysCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Data => Path.Combine(_folder.Path, "data");

    [Theory]
    [InlineData("", "add, list and revoke")]
    [InlineData("frob", "'frob'")]
    [InlineData("add", "name")]
    [InlineData("add a b", "'b'")]
    [InlineData("add a/b", "'a/b'")]
    [InlineData("add app --roles admin", "--roles is 'admin'")]
    [InlineData("add app --roles", "--roles needs a value")]
    [InlineData("add app --per-minute 0", "--per-minute is '0'")]
    [InlineData("add app --frob", "'--frob'")]
    [InlineData("list --another", "--another is for 'keys add'")]
    [InlineData("list --data", "--data needs a value")]
    [InlineData("revoke", "id")]
    [InlineData("revoke x y", "'y'")]
    public async Task A_wrong_call_gets_one_line_and_exit_code_2(string arguments, string said)
    {
        var (code, output, error) = await RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(said, error);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("--storage azure-tables", "--connection")]
    [InlineData("--storage floppy", "sqlite or azure-tables")]
    [InlineData("--storage azure-tables --connection nonsense", "Storage:ConnectionString")]
    public async Task A_store_that_cannot_be_is_named_as_run_names_it(string settings, string said)
    {
        var (code, _, error) = await RunAsync(["list", .. settings.Split(' ')]);
        Assert.Equal(1, code);
        Assert.Contains(said, error);
    }

    [Fact]
    public async Task A_key_is_shown_once_and_nothing_that_is_kept_holds_it()
    {
        var (code, shown, _) = await RunAsync(["add", "phone-app", "--roles", "rate,chat", "--per-minute=90", "--data", Data]);
        var key = shown.Split('\n')[0];
        Assert.Equal(0, code);
        Assert.Matches("^rlhf_[a-z2-9]{8}_[A-Za-z0-9]{43}$", key);

        var (_, list, _) = await RunAsync(["list", "--data", Data]);
        Assert.Contains(key[..13], list);
        Assert.Contains("chat,rate", list);
        Assert.Contains("90", list);
        var secret = key[14..];
        Assert.DoesNotContain(secret, list);
        Assert.All(Directory.EnumerateFiles(Data), file => Assert.DoesNotContain(secret, File.ReadAllText(file, System.Text.Encoding.Latin1)));
    }

    [Fact]
    public async Task A_client_gets_a_second_key_only_if_that_is_meant()
    {
        await RunAsync(["add", "app", "--data", Data]);
        var (code, _, error) = await RunAsync(["add", "app", "--data", Data]);
        Assert.Equal(1, code);
        Assert.Contains("--another", error);
        Assert.Equal(0, (await RunAsync(["add", "app", "--another", "--data", Data])).Code);
        Assert.Equal(2, (await ListAsync()).Count);
    }

    [Fact]
    public async Task A_key_is_revoked_by_its_id_or_by_itself_and_stays_in_the_list()
    {
        var ids = new List<string>();
        foreach (var (client, given) in (IEnumerable<(string, Func<JsonNode, string>)>)
            [("a", made => (string)made["id"]!), ("b", made => (string)made["key"]!), ("c", made => ((string)made["id"]!)["rlhf_".Length..])])
        {
            var made = JsonNode.Parse((await RunAsync(["add", client, "--json", "--data", Data])).Output)!;
            ids.Add((string)made["id"]!);
            var revoked = JsonNode.Parse((await RunAsync(["revoke", given(made), "--json", "--data", Data])).Output)!;
            Assert.Equal(ids[^1], (string?)revoked["id"]);
            Assert.NotNull(revoked["revoked_at"]);
        }

        Assert.Equal(ids, (await ListAsync()).Select(key => (string?)key!["id"]));
        Assert.All(await ListAsync(), key => Assert.NotNull(key!["revoked_at"]));
        Assert.All(await ListAsync(), key => Assert.Null(key!["key"]));
        var (code, _, error) = await RunAsync(["revoke", "nothing", "--data", Data]);
        Assert.Equal(1, code);
        Assert.Contains("rlhf_nothing", error);
    }

    [Fact]
    public async Task The_command_that_is_said_to_end_a_key_does()
    {
        var (_, output, _) = await RunAsync(["add", "app", "--data", Data, "--Clustering:ConnectionString=AccountKey=secret"]);
        var command = Assert.Single(output.Split('\n'), line => line.Contains("./rlhf keys revoke")).Split("./rlhf keys ")[1];
        Assert.EndsWith($" --data={Data} --Clustering:ConnectionString='…'", command);
        Assert.DoesNotContain("secret", output);
        Assert.Equal(0, (await RunAsync(command.Replace("'…'", "x").Split(' '))).Code);
        Assert.NotNull(Assert.Single(await ListAsync())!["revoked_at"]);
    }

    [Theory]
    [InlineData("--help", "./rlhf keys", "add <NAME>", "list", "revoke <ID>", "--data", "--storage", "--connection", "--json")]
    [InlineData("add -h", "./rlhf keys add", "chat", "rate", "operate", "watch", "--roles", "--per-minute", "--tokens-per-minute", "--tokens-per-day", "--another", "--json", "--storage")]
    [InlineData("revoke --help", "./rlhf keys revoke", "ID", "--storage")]
    public async Task Help_tells_every_verb_option_and_role(string arguments, params string[] words)
    {
        var (code, output, _) = await RunAsync(arguments.Split(' '));
        Assert.Equal(0, code);
        Assert.All(words, word => Assert.Contains(word, output));
    }

    public void Dispose() => _folder.Dispose();

    private async Task<JsonArray> ListAsync() => JsonNode.Parse((await RunAsync(["list", "--json", "--data", Data])).Output)!["keys"]!.AsArray();

    private static async Task<(int Code, string Output, string Error)> RunAsync(string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await KeysCommand.RunAsync(arguments, output, error, TimeProvider.System);
        return (code, output.ToString(), error.ToString());
    }
}
