using System.ComponentModel.DataAnnotations;
using Rlhf.Server.Hosting;
using Rlhf.Storage;

namespace Rlhf.Server.Keys.Command;

/// <summary><c>keys</c>: makes, lists and revokes API keys where a server keeps them, whether it runs or not. Who may write
/// to its data may make keys of it, so that the command asks for none.</summary>
public static class KeysCommand
{
    private const int Failed = 1;

    private const string Help = """
        usage: ./rlhf keys add NAME [--roles chat,rate,operate,watch] [--per-minute N] [--another]
               ./rlhf keys list
               ./rlhf keys revoke ID

          add     make a key for a client and show it, once; only its hash is kept
                  --roles       chat (the default): chat, read and rate the client's own conversations
                                rate: press thumbs on any reply in any rater's name
                                operate: promote and roll back versions, start the learner, import thumbs
                                watch: read /metrics, versions and the learner's state; operate may, too
                  --per-minute  requests it may make within a minute, where it shall not be Keys:PerMinute
                  --another     a second key for a client that has one: keys of one client share its conversations
          list    show all keys, revoked ones too
          revoke  end a key by its id (or the key itself); a running server refuses it within seconds

        Where the keys are is said as to ./rlhf run: --data DIR, or --storage azure-tables --connection '…'.
        --json answers in JSON.
        """;

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">The words after <c>keys</c>.</param>
    /// <param name="output">What was asked for.</param>
    /// <param name="error">What went wrong, in one line.</param>
    /// <param name="time">Dates new and revoked keys.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The exit code: 0, 1 when it failed, 2 when it was called wrongly.</returns>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error, TimeProvider time, CancellationToken cancellationToken = default)
    {
        try
        {
            var asked = KeysArguments.Parse(arguments);
            if (asked.Verb == KeysVerb.Help)
            {
                await output.WriteLineAsync(Help);
                return 0;
            }

            using var keys = Open(asked);
            var report = new KeysReport(output, asked.Json, asked.Place);
            return await RunAsync(asked, keys.Store, report, time.GetUtcNow(), cancellationToken);
        }
        catch (KeysException ended)
        {
            await error.WriteLineAsync(ended.Message);
            return ended.ExitCode;
        }
        catch (Exception failure) when (failure is StorageException or ValidationException or InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" })
        {
            await error.WriteLineAsync(failure.Message);
            return Failed;
        }
    }

    private static async Task<int> RunAsync(KeysArguments asked, IKeyStore store, KeysReport report, DateTimeOffset now, CancellationToken cancellationToken)
    {
        switch (asked.Verb)
        {
            case KeysVerb.Add:
                var others = (await store.ListAsync(cancellationToken)).Where(each => each.Client == asked.Subject && each.RevokedAt is null).ToList();
                if (others is [var other, ..] && !asked.Another)
                {
                    throw KeysException.Failure($"{asked.Subject} has a key already, {other.Id}. Keys of one client share its conversations: take another name, or say --another to give it a second key, for example one that shall replace the first.");
                }

                var (id, key) = KeyText.Draw();
                var stored = new StoredKey(id, asked.Subject, asked.Roles, KeyText.HashOf(key), asked.PerMinute, now);
                await store.AddAsync(stored, cancellationToken);
                report.Added(stored, key);
                return 0;
            case KeysVerb.Revoke:
                var revoked = await store.RevokeAsync(KeyText.IdIn(asked.Subject), now, cancellationToken)
                    ?? throw KeysException.Failure($"There is no key {KeyText.IdIn(asked.Subject)} here; those that are: ./rlhf keys list{asked.Place}");
                report.Revoked(revoked);
                return 0;
            default:
                report.Listed(await store.ListAsync(cancellationToken));
                return 0;
        }
    }

    /// <summary>Only a new key may make a folder: a list of a mistyped one should say so.</summary>
    private static OpenedKeys Open(KeysArguments asked)
    {
        var builder = RlhfHost.CreateBuilder(asked.Settings);
        var storage = builder.Checked<StorageOptions>("Storage");
        return storage.Provider == StorageOptions.AzureTables
            ? OpenedKeys.InTables(storage.Tables)
            : OpenedKeys.InFolder(builder.Configuration["Data"] ?? "data", create: asked.Verb == KeysVerb.Add);
    }
}
