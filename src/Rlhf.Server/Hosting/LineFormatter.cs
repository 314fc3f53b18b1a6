using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Rlhf.Server.Hosting;

/// <summary>Writes a log entry to the console as one line: time, level, category, message, exception. Unlike the framework's <c>simple</c> it prints no
/// event id, which for most entries is a hash that says nothing.</summary>
internal sealed class LineFormatter(IOptionsMonitor<ConsoleFormatterOptions> options, TimeProvider time) : ConsoleFormatter(FormatterName)
{
    /// <summary>What the setting <c>Logging:Console:FormatterName</c> calls it.</summary>
    public const string FormatterName = "line";

    private const string Plain = "\e[39m\e[22m";
    private static readonly bool Coloured = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = entry.Formatter(entry.State, entry.Exception);
        if (options.CurrentValue.TimestampFormat is { } format)
        {
            var now = options.CurrentValue.UseUtcTimestamp ? time.GetUtcNow() : time.GetLocalNow();
            textWriter.Write(now.ToString(format, CultureInfo.InvariantCulture));
        }

        var (level, colour) = Level(entry.LogLevel);
        textWriter.Write(Coloured ? $"{colour}{level}{Plain}: " : $"{level}: ");
        textWriter.Write(entry.Category);
        textWriter.Write(' ');
        textWriter.Write(OneLine(message));
        if (entry.Exception is { } exception)
        {
            textWriter.Write(' ');
            textWriter.Write(OneLine(exception.ToString()));
        }

        textWriter.Write(Environment.NewLine);
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static (string Name, string Colour) Level(LogLevel level) => level switch
    {
        LogLevel.Trace => ("trce", "\e[37m"),
        LogLevel.Debug => ("dbug", "\e[37m"),
        LogLevel.Information => ("info", "\e[32m"),
        LogLevel.Warning => ("warn", "\e[1m\e[33m"),
        LogLevel.Error => ("fail", "\e[1m\e[31m"),
        _ => ("crit", "\e[1m\e[35m"),
    };
}
