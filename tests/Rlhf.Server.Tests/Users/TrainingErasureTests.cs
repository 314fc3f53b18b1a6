using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Users;

/// <summary>An erasure is answered when no training holds what was erased.</summary>
public sealed class TrainingErasureTests
{
    [Theory]
    [InlineData("v1/users/ann")]
    [InlineData("v1/conversations/hers")]
    public async Task Once_an_erasure_is_answered_the_words_are_in_no_folder_of_a_training(string path)
    {
        using var folder = new TemporaryFolder();
        await using var server = await RunningServer.StartAsync(folder.Path, "--Learner:Threads=1", "--Learner:Ppo:Iterations=10000", "--Learner:Ppo:Rollouts=8", "--Learner:Ppo:MaxReplyTokens=4");
        for (var i = 0; i < 8; i++)
        {
            var reply = await server.ChatAsync($"Question {i}", ("user", "bob"));
            await server.ThumbAsync((string)reply["id"]!, i % 2 == 0, "bob");
        }

        var hers = await server.ChatAsync("Words of hers", ("user", "ann"), ("metadata", new { conversation_id = "hers" }));
        await server.ThumbAsync((string)hers["id"]!, true, "ann");
        var (status, job) = await server.PostAsync("v1/learner/train", new { });
        Assert.True(status is 200 or 202, job.ToString());
        await RunningServer.Until(() => Inputs(folder.Path).Contains("Words of hers", StringComparison.Ordinal));

        using var response = await server.Client.DeleteAsync(path);
        Assert.True(response.IsSuccessStatusCode);
        Assert.DoesNotContain("Words of hers", Inputs(folder.Path));
    }

    private static string Inputs(string data)
    {
        try
        {
            return File.ReadAllText(Path.Combine(data, "jobs", "job-1", "inputs.json"));
        }
        catch (IOException error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return "";
        }
    }
}
