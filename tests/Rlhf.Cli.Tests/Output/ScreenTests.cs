namespace Rlhf.Cli.Tests.Output;

public sealed class ScreenTests
{
    [Fact]
    public void Without_a_terminal_a_line_stays_one_line_however_long_it_is()
    {
        var text = string.Join(' ', Enumerable.Repeat("word", 200));

        Assert.Equal(text + "\n", Shown.Text(screen => screen.Line(text)));
    }

    [Fact]
    public async Task Without_a_terminal_work_is_shown_as_one_line_when_it_is_done()
    {
        var result = 0;
        var text = await Shown.TextAsync(async screen => result = await screen.WatchAsync("counting", report =>
        {
            report(0.5, "half of it");
            return Task.FromResult(42);
        }));

        Assert.Equal(42, result);
        Assert.Matches(@"^counting: \d+\.\d s\n$", text);
    }
}
