using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Rlhf.Server.Hosting;

/// <summary>Keeps Orleans' log back until the server is ready: a start that fails is told in one line, and Orleans would tell
/// its exception six times. Who asks for a lower level than warnings gets everything. What a silo waits for that joins a
/// cluster is told in any case.</summary>
internal sealed class QuietStart(IConfiguration configuration) : IConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>
{
    private const string Orleans = "Orleans";
    private const string Joining = "Orleans.Runtime.MembershipService.MembershipAgent";

    /// <summary>By these names Orleans tells what the storage of grains' state throws.</summary>
    private static readonly string[] InOurName = ["Rlhf.Storage.SqliteGrainStorage", "Rlhf.Storage.TableGrainStorage"];

    private readonly CancellationTokenSource _ended = new();

    public string Name => Options.DefaultName;

    public static void AddTo(IServiceCollection services)
    {
        services.AddSingleton<QuietStart>();
        services.AddSingleton<IConfigureOptions<LoggerFilterOptions>>(provider => provider.GetRequiredService<QuietStart>());
        services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(provider => provider.GetRequiredService<QuietStart>());
    }

    /// <summary>Lets everything be told that the configuration lets be told.</summary>
    public void End() => _ended.Cancel();

    public void Configure(LoggerFilterOptions options)
    {
        if (_ended.IsCancellationRequested || Asked(Orleans) || Asked("Default"))
        {
            return;
        }

        // Of several rules for one category the last counts.
        var narrower = options.Rules.Where(rule => rule is { ProviderName: null, LogLevel: >= LogLevel.Warning } && rule.CategoryName?.StartsWith($"{Orleans}.", StringComparison.Ordinal) is true).ToList();
        foreach (var category in narrower.Select(rule => rule.CategoryName).Prepend(Orleans).Concat(InOurName))
        {
            options.Rules.Add(new LoggerFilterRule(providerName: null, category, LogLevel.None, filter: null));
        }

        options.Rules.Add(new LoggerFilterRule(providerName: null, Joining, LogLevel.Warning, filter: null));
    }

    public IChangeToken GetChangeToken() => new CancellationChangeToken(_ended.IsCancellationRequested ? CancellationToken.None : _ended.Token);

    private bool Asked(string category) =>
        Enum.TryParse<LogLevel>(configuration[$"Logging:LogLevel:{category}"], ignoreCase: true, out var level) && level < LogLevel.Warning;
}
