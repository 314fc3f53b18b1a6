using Rlhf.Cli.Simulation;

namespace Rlhf.Cli.Tests.Simulation;

public sealed class RewardSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Components_become_settings_of_the_learner_and_files_lie_beside_theirs() => Assert.Equal(
        ["Learner:Diversity:Weight=0.5", "Learner:HumanWeight=2", "Learner:Judge:Label:Most=10", $"Learner:Rules:File={_folder["rules.jsonl"]}"],
        Of("""{"HumanWeight":2,"Rules":{"File":"rules.jsonl"},"Diversity":{"Weight":0.5},"Judge":{"Label":{"Most":10}}}"""));

    [Fact]
    public void Without_a_file_there_are_none() => Assert.Empty(RewardSettings.Of(null));

    [Theory]
    [InlineData("""{"Ppo":{"Iterations":1}}""", "'Ppo'")]
    [InlineData("{", "can't be read")]
    [InlineData("[1]", "can't be read")]
    public void What_is_no_reward_is_refused(string content, string said) => Assert.Contains(said, Assert.Throws<CommandException>(() => Of(content)).Message);

    [Fact]
    public void A_file_that_is_not_there_is_named() =>
        Assert.Contains("nowhere.json", Assert.Throws<CommandException>(() => RewardSettings.Of(new FileInfo(_folder["nowhere.json"]))).Message);

    public void Dispose() => _folder.Dispose();

    private IReadOnlyList<string> Of(string content)
    {
        File.WriteAllText(_folder["reward.json"], content);
        return RewardSettings.Of(new FileInfo(_folder["reward.json"]));
    }
}
