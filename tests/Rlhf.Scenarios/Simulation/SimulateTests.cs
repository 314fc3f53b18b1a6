using System.CommandLine;
using System.Text.Json;
using Rlhf.Cli;
using Rlhf.Cli.Output;
using Rlhf.Cli.Simulation;
using Rlhf.Server.Hosting;
using Rlhf.Server.Tests;
using Rlhf.Storage.Tests;
using Rlhf.Testing;

namespace Rlhf.Scenarios.Simulation;

/// <summary><c>simulate</c> against the server it starts: a process of its own, reached over HTTP.</summary>
public sealed class SimulateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SimulateTests() => Environment.SetEnvironmentVariable("RLHF_SERVER", typeof(RlhfApp).Assembly.Location);

    [Fact]
    public async Task Two_rounds_raise_the_gold_reward_and_end_with_figures_of_base_and_of_each_round()
    {
        string[] settings = [.. TinyTraining.Thorough.Append("--Chat:MaxTokens=12").SelectMany(setting => (string[])["--set", setting[2..]])];
        // The more vowels, the better: of random weights that is soon learned.
        File.WriteAllText(In("vowels.json"), JsonSerializer.Serialize(new
        {
            name = "vowels",
            features = Enumerable.Range(1, 12).Select(count => new { pattern = $"(?i)^([^aeiou]*[aeiou]){{{count}}}", weight = 1 }),
        }));
        var (code, error) = await RunAsync(
        [
            "simulate", "--taste", In("vowels.json"), "--rounds", "2", "--feedback", "96", "--noise", "0", "--held-out", "64", "--raters", "5", "--best-of", "3",
            "--model", TinyModel.Folder, "--data", In("data"), "--json", In("figures.json"), .. settings,
        ]);

        Assert.Equal("", error);
        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(File.ReadAllText(In("figures.json")));
        var figures = json.RootElement;
        double[] gold = [.. figures.GetProperty("gold").EnumerateArray().Select(value => value.GetDouble())];
        Assert.Equal(3, gold.Length);
        Assert.True(gold[1] > gold[0] + 0.3 && gold[2] > gold[1], string.Join(", ", gold));
        Assert.Equal(2, figures.GetProperty("versions").GetArrayLength());
        // The KL is far under its target in both rounds: the second goes on from the coefficient that the first ended with.
        double[] coefficients = [.. figures.GetProperty("rounds").EnumerateArray().Select(round => round.GetProperty("metrics").GetProperty("objective/kl_coef").GetDouble())];
        Assert.True(coefficients[1] < 0.5 * coefficients[0], string.Join(", ", coefficients));
        Assert.Equal(192, figures.GetProperty("feedback").GetInt32());
        var last = figures.GetProperty("versions")[1].GetString();
        Assert.Equal(last == "base" ? JsonValueKind.Null : JsonValueKind.Object, figures.GetProperty("best_of").ValueKind);
        Assert.True(last == "base" || figures.GetProperty("best_of").GetProperty("version").GetString() == last);
        Assert.InRange(figures.GetProperty("win_rate").GetDouble(), figures.GetProperty("win_rate_low").GetDouble(), figures.GetProperty("win_rate_high").GetDouble());
        Assert.All(figures.GetProperty("rounds").EnumerateArray(), round => Assert.Contains(round.GetProperty("outcome").GetString(), (string[])["published", "rejected"]));
    }

    [AzuriteFact]
    public async Task The_same_seed_gives_the_same_figures_on_tables_as_on_SQLite()
    {
        var onFiles = await SmallRunAsync("files");
        var onTables = await SmallRunAsync("tables", "--storage", "azure-tables", "--connection", AzuriteServer.Shared.ConnectionString);
        Assert.Equal(onFiles, onTables);
    }

    [Theory]
    [InlineData("--storage", "azure-tables", "needs --connection")]
    [InlineData("--storage", "papyrus", "sqlite and azure-tables")]
    [InlineData("--connection", "UseDevelopmentStorage=true", "say --storage azure-tables too")]
    public async Task A_storage_that_cannot_be_is_refused(string option, string value, string said)
    {
        var (code, error) = await RunAsync("simulate", option, value);

        Assert.Equal(2, code);
        Assert.Contains(said, error);
    }

    [Fact]
    public async Task Every_kind_of_feedback_reaches_the_learner()
    {
        string[] settings = [.. TinyTraining.Settings.Concat(["--Chat:MaxTokens=12", "--Learner:Ppo:Iterations=2", "--Learner:Sft:LeastNew=1"]).SelectMany(setting => (string[])["--set", setting[2..]])];
        var (code, error) = await RunAsync(
        [
            "simulate", "--feedback-kind", "all", "--rounds", "1", "--feedback", "96", "--noise", "0", "--held-out", "16", "--raters", "5",
            "--model", TinyModel.Folder, "--data", In("data"), "--json", In("figures.json"), .. settings,
        ]);

        Assert.Equal("", error);
        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(File.ReadAllText(In("figures.json")));
        var metrics = json.RootElement.GetProperty("rounds")[0].GetProperty("metrics");
        Assert.True(metrics.GetProperty("sft/examples").GetDouble() > 0);
        Assert.True(metrics.GetProperty("sft/cursor").GetDouble() > 96);
        Assert.True(metrics.GetProperty("reward/examples").GetDouble() > 0);
    }

    [Fact]
    public async Task Over_optimisation_is_followed_by_a_single_reward_model_and_by_an_ensemble()
    {
        string[] settings = [.. TinyTraining.Settings.Concat(["--Chat:MaxTokens=12", "--Learner:Ppo:Iterations=2"]).SelectMany(setting => (string[])["--set", setting[2..]])];
        var (code, error) = await RunAsync(
        [
            "simulate", "--overoptimise", "--feedback", "48", "--noise", "0", "--held-out", "16", "--raters", "5",
            "--model", TinyModel.Folder, "--data", In("data"), "--json", In("figures.json"), .. settings,
        ]);

        Assert.Equal("", error);
        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(File.ReadAllText(In("figures.json")));
        var curves = json.RootElement.GetProperty("curves").EnumerateArray().ToArray();
        Assert.Equal(["single", "ensemble"], curves.Select(curve => curve.GetProperty("name").GetString()));
        Assert.All(curves, curve => Assert.Equal([0, 1, 2], curve.GetProperty("points").EnumerateArray().Select(point => point.GetProperty("iteration").GetInt32())));
    }

    [Fact]
    public async Task A_running_server_that_has_begun_to_learn_by_itself_is_waited_for()
    {
        await using var server = await ServerProcess.StartAsync(In("data"), model: TinyModel.Folder, settings: [.. TinyTraining.Settings, "--Chat:MaxTokens=12", "--Learner:TriggerThumbs=16"]);

        var (code, error) = await RunAsync(
            "simulate", "--url", $"{server.Client.BaseAddress}", "--rounds", "1", "--feedback", "48", "--noise", "0", "--held-out", "16", "--raters", "5", "--json", In("figures.json"));

        Assert.Equal("", error);
        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(File.ReadAllText(In("figures.json")));
        var round = json.RootElement.GetProperty("rounds")[0];
        var learner = await server.GetAsync("v1/learner");
        Assert.Equal((0, (string?)learner["last_job"]!["reason"]), ((int)learner["feedback_new"]!, round.GetProperty("reason").GetString()));
        Assert.NotEqual("job-1", (string?)learner["last_job"]!["job_id"]);
    }

    [Fact]
    public async Task A_running_server_is_not_trained_behind_its_back()
    {
        var (code, error) = await RunAsync("simulate", "--overoptimise", "--url", "http://127.0.0.1:9");

        Assert.Equal(2, code);
        Assert.Contains("leave --url out", error);
    }

    [Fact]
    public async Task A_server_that_cannot_start_is_quoted_and_its_log_is_kept()
    {
        var (code, error) = await RunAsync("simulate", "--model", In("nowhere"), "--data", In("data"));

        Assert.Equal(1, code);
        Assert.Contains("The server ended with exit code 1", error);
        Assert.Contains("nowhere", error);
        Assert.True(File.Exists(In("data/server.log")));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>One round; the gold rewards, and what was said about the version, which holds its KL and gain.</summary>
    private async Task<string> SmallRunAsync(string name, params string[] more)
    {
        string[] settings = [.. TinyTraining.Settings.Concat(["--Chat:MaxTokens=12", "--Learner:Ppo:Iterations=4"]).SelectMany(setting => (string[])["--set", setting[2..]])];
        var (code, error) = await RunAsync(
        [
            "simulate", "--rounds", "1", "--feedback", "48", "--noise", "0", "--held-out", "16", "--raters", "5",
            "--model", TinyModel.Folder, "--data", In(name), "--json", In($"{name}.json"), .. settings, .. more,
        ]);

        Assert.Equal("", error);
        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(File.ReadAllText(In($"{name}.json")));
        var rounds = json.RootElement.GetProperty("rounds").EnumerateArray().Select(round => round.GetProperty("reason").GetString());
        return $"{json.RootElement.GetProperty("gold")} {string.Join("; ", rounds)}";
    }

    private string In(string name) => Path.Combine(_folder.Path, name);

    private static async Task<(int Code, string Error)> RunAsync(params string[] arguments)
    {
        var error = new StringWriter();
        var root = new Command("./rlhf") { SimulateCommand.Create(Screen.Standard()) };
        return (await CommandLine.RunAsync(root, arguments, error), error.ToString().Trim());
    }
}
