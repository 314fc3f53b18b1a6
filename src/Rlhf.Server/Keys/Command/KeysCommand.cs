using System.CommandLine;
using Rlhf.Server.Hosting;
using Rlhf.Storage;
using Verb = System.CommandLine.Command;

namespace Rlhf.Server.Keys.Command;

/// <summary><c>keys</c>: makes, lists and revokes API keys where a server keeps them, whether it runs or not. Who may write
/// to its data may make keys of it, so that the command asks for none.</summary>
public static class KeysCommand
{
    private const string Description =
        "Makes, lists and revokes the API keys of a server, whether it runs or not. Where the keys are is said as to ./rlhf run.";

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">The words after <c>keys</c>.</param>
    /// <param name="output">What was asked for.</param>
    /// <param name="error">What went wrong, in one line.</param>
    /// <param name="time">Dates new and revoked keys.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The exit code: 0, 1 when it failed, 2 when it was called wrongly.</returns>
    public static Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error, TimeProvider time, CancellationToken cancellationToken = default)
    {
        var settings = ServerSettings.OfStore(arguments);
        var json = new Option<bool>("--json") { Description = "Answers in JSON.", Recursive = true };
        var keys = new Verb("keys", Description);
        settings.AddTo(keys);
        keys.Add(json);
        var access = new KeysAccess(settings, json, output);
        keys.Add(Add(access, time));
        keys.Add(List(access));
        keys.Add(Revoke(access, time));
        return CommandLine.RunAsync(CommandLine.FrontDoor(keys), [keys.Name, .. settings.Words], error, output, cancellationToken: cancellationToken);
    }

    private static Verb Add(KeysAccess access, TimeProvider time)
    {
        var client = new Argument<string?>("NAME") { Description = "The client's name.", Arity = ArgumentArity.ZeroOrOne };
        var roles = new Option<KeyRoles>("--roles")
        {
            Description = "What it may do, with commas between. chat: chat, read and rate the client's own conversations; rate: press thumbs on any reply in any rater's name; "
                + "operate: promote and roll back versions, start the learner, import thumbs; watch: read /metrics, versions and the learner's state, which operate may, too",
            DefaultValueFactory = _ => KeyRoles.Chat,
            HelpName = "chat,rate,operate,watch",
            CustomParser = result =>
            {
                var given = result.Tokens[0].Value;
                if (KeyRolesText.Read(given) is { } read)
                {
                    return read;
                }

                result.AddError($"--roles is '{given}'; it must be some of {KeyRolesText.Known}, with commas between them.");
                return KeyRoles.None;
            },
        };
        var perMinute = CommonOptions.NumberOrNone("--per-minute", "Requests it may make within a minute, where it shall not be Keys:PerMinute.", 1, 1_000_000);
        var tokensPerMinute = CommonOptions.NumberOrNone("--tokens-per-minute", "Tokens it may use within a minute, prompts and replies together, where it shall not be Keys:TokensPerMinute; 0 for any number.", 0L, long.MaxValue);
        var tokensPerDay = CommonOptions.NumberOrNone("--tokens-per-day", "Tokens it may use within a day of UTC, where it shall not be Keys:TokensPerDay; 0 for any number.", 0L, long.MaxValue);
        var another = new Option<bool>("--another") { Description = "A second key for a client that has one: keys of one client share its conversations." };
        var add = new Verb("add", "Make a key for a client and show it, once; only its hash is kept.") { client, roles, perMinute, tokensPerMinute, tokensPerDay, another };
        add.Validators.Add(result =>
        {
            if (result.GetValue(client) is not { } name)
            {
                result.AddError("keys add needs the client's name, for example: keys add phone-app --roles chat");
            }
            else if (!KeyOptions.IsClient(name))
            {
                result.AddError($"A client can't be called '{name}': use 1 to 64 letters, digits, '.', '-' or '_'.");
            }
        });
        add.SetAction((parsed, cancellationToken) => access.RunAsync(parsed, create: true, async (store, report) =>
        {
            var name = parsed.GetRequiredValue(client)!;
            var others = (await store.ListAsync(cancellationToken)).Where(each => each.Client == name && each.RevokedAt is null);
            if (others.FirstOrDefault() is { } other && !parsed.GetValue(another))
            {
                throw new CommandException($"{name} has a key already, {other.Id}. Keys of one client share its conversations: take another name, or say --another to give it a second key, for example one that shall replace the first.");
            }

            var (id, key) = KeyText.Draw();
            var stored = new StoredKey(id, name, parsed.GetValue(roles), KeyText.HashOf(key), parsed.GetValue(perMinute), time.GetUtcNow())
            {
                TokensPerMinute = parsed.GetValue(tokensPerMinute),
                TokensPerDay = parsed.GetValue(tokensPerDay),
            };
            await store.AddAsync(stored, cancellationToken);
            report.Added(stored, key);
        }));
        return add;
    }

    private static Verb List(KeysAccess access)
    {
        var list = new Verb("list", "Show all keys, revoked ones too.");
        list.SetAction((parsed, cancellationToken) => access.RunAsync(parsed, create: false, async (store, report) => report.Listed(await store.ListAsync(cancellationToken))));
        return list;
    }

    private static Verb Revoke(KeysAccess access, TimeProvider time)
    {
        var key = new Argument<string?>("ID") { Description = "The key's id, or the key itself.", Arity = ArgumentArity.ZeroOrOne };
        var revoke = new Verb("revoke", "End a key; a running server refuses it within seconds.") { key };
        revoke.Validators.Add(result =>
        {
            if (result.GetValue(key) is null)
            {
                result.AddError("keys revoke needs a key's id; keys list shows them.");
            }
        });
        revoke.SetAction((parsed, cancellationToken) => access.RunAsync(parsed, create: false, async (store, report) =>
        {
            var id = KeyText.IdIn(parsed.GetRequiredValue(key)!);
            report.Revoked(await store.RevokeAsync(id, time.GetUtcNow(), cancellationToken)
                ?? throw new CommandException($"There is no key {id} here; those that are: ./rlhf keys list{access.Place(parsed)}"));
        }));
        return revoke;
    }
}
