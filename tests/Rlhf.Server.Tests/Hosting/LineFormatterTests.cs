using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Rlhf.Server.Tests.Hosting;

public sealed class LineFormatterTests : IDisposable
{
    private readonly Storage.Tests.TemporaryFolder _folder = new();

    [Fact]
    public async Task The_console_shows_an_entry_in_one_line_without_its_event_id()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path);
        var formatter = server.Services.GetServices<ConsoleFormatter>().Single(formatter => formatter.Name == "line");
        var line = new StringWriter();
        var entry = new LogEntry<string>(LogLevel.Warning, "Rlhf.Server.Some", new EventId(1_234_567, "LogSome"), "of state", new InvalidOperationException("Why,\nin two lines"), (state, _) => $"What\r\nis {state}");
        formatter.Write(entry, scopeProvider: null, line);

        Assert.Matches(@"^(\d\d:\d\d:\d\d )?\S*warn\S*: Rlhf\.Server\.Some What is of state System\.InvalidOperationException: Why, in two lines\r?\n$", line.ToString());
        Assert.Equal("line", server.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<ConsoleLoggerOptions>>().Value.FormatterName);
    }

    public void Dispose() => _folder.Dispose();
}
