using Rlhf.Server.Hosting;

namespace Rlhf.Server.Tests.Hosting;

public sealed class RunCommandTests
{
    [Theory]
    [InlineData("--frob", "'--frob'")]
    [InlineData("--frob=1", "'--frob=1'")]
    [InlineData("somewhere", "'somewhere'")]
    [InlineData("--data", "--data needs a value")]
    [InlineData("--urls --data x", "--urls needs a value")]
    [InlineData("--Learner:Enabled false", "'--Learner:Enabled'")]
    public async Task A_wrong_call_gets_one_line_and_exit_code_2(string arguments, string said)
    {
        var (code, output, error) = await RunAsync(arguments);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(said, error);
        Assert.Contains("./rlhf run --help", error);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Help_tells_every_option_and_how_settings_are_given()
    {
        var (code, output, error) = await RunAsync("--help");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("./rlhf run", output);
        Assert.All((string[])["--urls", "--data", "--model", "--storage", "--connection", "--roles", "--Section:Key=value"], word => Assert.Contains(word, output));
    }

    [Fact]
    public async Task What_is_given_twice_has_the_later_value_and_settings_may_stand_anywhere()
    {
        var (code, _, error) = await RunAsync("--roles api,cook --Learner:TriggerThumbs=0 --roles=chef");
        Assert.Equal(1, code);
        Assert.Contains("'chef' is no role", error);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await RunCommand.RunAsync(arguments.Split(' '), output, error);
        return (code, output.ToString(), error.ToString());
    }
}
