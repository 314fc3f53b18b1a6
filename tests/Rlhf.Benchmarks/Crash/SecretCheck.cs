using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Scenarios;
using Rlhf.Storage;

namespace Rlhf.Benchmarks.Crash;

/// <summary>Looks for what was erased, and for what was not and is gone all the same: in the store's own terms while no server runs, in the bytes of the
/// data folder, and by asking a server.</summary>
internal sealed partial class SecretCheck(Journal journal, Violations violations)
{
    private const string Jobs = "jobs";
    private const int MostLooks = 12;
    private static readonly TimeSpan s_jobsPatience = TimeSpan.FromSeconds(30);

    private readonly HashSet<string> _cameBack = [];

    /// <summary>How many were found that had been erased.</summary>
    public int CameBack => _cameBack.Count;

    /// <summary>How many are acknowledged as erased.</summary>
    public int Erased => journal.Secrets.Values.Count(secret => secret.Erased);

    /// <summary>Checks the store.</summary>
    public async Task RunAsync(CrashStore store)
    {
        await using (var services = store.Open())
        {
            var said = (await services.GetRequiredService<IFeedbackLedger>().ReadAsync(0).Select(entry => entry.Event)
                .Where(feedback => feedback.IsFeedback && feedback.Rater.StartsWith(Secret.UserStart, StringComparison.Ordinal)).ToListAsync()).ToLookup(feedback => feedback.Rater);
            var turns = services.GetRequiredService<ITurnStore>();
            foreach (var secret in journal.Secrets.Values)
                Compare(secret, await turns.ReadAsync(secret.Conversation), [.. said[secret.User]]);
        }

        LookInto(store.Folder, jobsToo: false);
    }

    /// <summary>Asks a server.</summary>
    public async Task RunAsync(ServerProcess server)
    {
        foreach (var secret in journal.Secrets.Values.Where(secret => secret.Erased).TakeLast(MostLooks))
        {
            using var response = await server.Client.GetAsync($"v1/conversations/{secret.Conversation}");
            if (response.IsSuccessStatusCode)
                Back(secret.Words, "is shown by the server");
        }
    }

    /// <summary>Looks into the jobs' folders, too, when the last job has ended.</summary>
    public async Task EndAsync(CrashStore store)
    {
        using var patience = new CancellationTokenSource(s_jobsPatience);
        while (Markers(Path.Combine(store.Folder, Jobs)).Count > 0 && !patience.IsCancellationRequested)
            await Task.Delay(100);
        LookInto(store.Folder, jobsToo: true);
    }

    private void Compare(Secret secret, IReadOnlyList<Turn> turns, IReadOnlyList<FeedbackEvent> said)
    {
        if (secret.Erased)
        {
            if (turns.Count > 0)
                Back(secret.Words, "has turns");
            if (said.Any(feedback => secret.UserErased || feedback.CompletionId?.Contains(secret.Conversation + "-", StringComparison.Ordinal) is true))
                Back(secret.Words, "has feedback");
        }
        else if (!secret.Asked)
        {
            violations.Require(secret.Reply is null || turns.Count > 0, () => $"the acknowledged reply '{secret.Reply}' is lost");
            violations.Require(!secret.Rated || said.Any(feedback => feedback.CompletionId == secret.Reply), () => $"the acknowledged thumb on '{secret.Reply}' is lost");
        }
    }

    private void LookInto(string folder, bool jobsToo)
    {
        var found = Markers(folder, jobsToo);
        foreach (var secret in journal.Secrets.Values.Where(secret => secret.Erased))
        {
            if (found.TryGetValue(secret.Words, out var where))
                Back(secret.Words, $"is in {where}");
            if (secret.UserErased && found.TryGetValue(secret.User, out where))
                Back(secret.Words, $"'s user is in {where}");
        }
    }

    private void Back(string words, string where)
    {
        _cameBack.Add(words);
        violations.Add($"the erased secret '{words}' {where}");
    }

    private static Dictionary<string, string> Markers(string folder, bool jobsToo = true)
    {
        var found = new Dictionary<string, string>();
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => jobsToo || !Path.GetRelativePath(folder, file).StartsWith(Jobs, StringComparison.Ordinal)))
        {
            if (Path.GetFileName(file) == "lock")
                continue;
            try
            {
                using var bytes = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using var text = new StreamReader(bytes, Encoding.Latin1);
                foreach (Match marker in Marker().Matches(text.ReadToEnd()))
                    found.TryAdd(marker.Value, string.Create(CultureInfo.InvariantCulture, $"{Path.GetRelativePath(folder, file)} at {marker.Index}"));
            }
            catch (FileNotFoundException)
            {
                // cleared away meanwhile
            }
        }

        return found;
    }

    [GeneratedRegex("(w0rds|u5er)-[^!]{1,60}!")]
    private static partial Regex Marker();
}
