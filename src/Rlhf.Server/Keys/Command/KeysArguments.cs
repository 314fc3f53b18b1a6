using System.Globalization;
using Rlhf.Storage;

namespace Rlhf.Server.Keys.Command;

/// <summary>What <c>keys</c> is asked to do.</summary>
internal enum KeysVerb
{
    Help,
    Add,
    List,
    Revoke,
}

/// <summary>The command line of <c>keys</c>, read.</summary>
/// <param name="Verb">What to do.</param>
/// <param name="Subject">The client's name to add, or the key to revoke.</param>
/// <param name="Roles">What a new key may do.</param>
/// <param name="PerMinute">A new key's own limit.</param>
/// <param name="Another">Whether the client may have a second key.</param>
/// <param name="Json">Whether to answer in JSON.</param>
/// <param name="Settings">Where the keys are, as the server's own command line says it.</param>
internal sealed record KeysArguments(KeysVerb Verb, string Subject, KeyRoles Roles, int? PerMinute, bool Another, bool Json, string[] Settings)
{
    private static readonly string[] OfServer = ["--data", "--storage", "--connection"];
    private static readonly string[] OfAdd = ["--roles", "--per-minute"];

    /// <summary>Where the keys are, to be typed after another <c>keys</c> command; what opens the store is left to be filled in.</summary>
    public string Place => string.Concat(Settings.Select(setting =>
    {
        var (name, value) = (setting[..setting.IndexOf('=')], setting[(setting.IndexOf('=') + 1)..]);
        var shown = name.Contains("connection", StringComparison.OrdinalIgnoreCase) ? "…" : value;
        return $" {name}={(shown.All(letter => char.IsAsciiLetterOrDigit(letter) || "/._-".Contains(letter)) ? shown : $"'{shown.Replace("'", @"'\''")}'")}";
    }));

    /// <summary>Reads a command line.</summary>
    /// <exception cref="KeysException">It makes no sense.</exception>
    public static KeysArguments Parse(IReadOnlyList<string> words)
    {
        var read = new KeysArguments(KeysVerb.Help, "", KeyRoles.Chat, null, false, false, []);
        var subjects = new List<string>();
        var settings = new List<string>();
        var addOnly = "";
        for (var i = 0; i < words.Count; i++)
        {
            var (name, value) = words[i].StartsWith("--", StringComparison.Ordinal) && words[i].IndexOf('=') is > 0 and var equals ? (words[i][..equals], words[i][(equals + 1)..]) : (words[i], null);
            if (OfServer.Contains(name) || OfAdd.Contains(name))
            {
                value ??= i + 1 < words.Count && !words[i + 1].StartsWith("--", StringComparison.Ordinal) ? words[++i] : throw KeysException.Misuse($"{name} needs a value.");
            }

            addOnly = OfAdd.Contains(name) || name == "--another" ? name : addOnly;
            switch (name)
            {
                case "-h" or "--help":
                    return read;
                case "--roles":
                    read = read with { Roles = KeyRolesText.Read(value) ?? throw KeysException.Misuse($"--roles is '{value}'; it must be some of {KeyRolesText.Known}, with commas between them.") };
                    break;
                case "--per-minute":
                    read = read with { PerMinute = int.TryParse(value, CultureInfo.InvariantCulture, out var limit) && limit is > 0 and <= 1_000_000 ? limit : throw KeysException.Misuse($"--per-minute is '{value}'; it must be a number from 1 to 1000000.") };
                    break;
                case "--another" when value is null:
                    read = read with { Another = true };
                    break;
                case "--json" when value is null:
                    read = read with { Json = true };
                    break;
                case var setting when value is not null && (OfServer.Contains(setting) || setting.Contains(':')):
                    settings.Add($"{setting}={value}");
                    break;
                case var word when !word.StartsWith('-'):
                    subjects.Add(word);
                    break;
                default:
                    throw KeysException.Misuse($"keys does not know '{words[i]}'.");
            }
        }

        read = read with { Settings = [.. settings] };
        if (addOnly.Length > 0 && subjects is not ["add", ..])
        {
            throw KeysException.Misuse($"{addOnly} is for 'keys add'.");
        }

        return subjects switch
        {
            [] => throw KeysException.Misuse("keys needs one of add, list and revoke."),
            ["list"] => read with { Verb = KeysVerb.List },
            ["add", var client] => KeyOptions.IsClient(client)
                ? read with { Verb = KeysVerb.Add, Subject = client }
                : throw KeysException.Misuse($"A client can't be called '{client}': use 1 to 64 letters, digits, '.', '-' or '_'."),
            ["revoke", var key] => read with { Verb = KeysVerb.Revoke, Subject = key },
            ["add"] => throw KeysException.Misuse("keys add needs the client's name, for example: keys add phone-app --roles chat"),
            ["revoke"] => throw KeysException.Misuse("keys revoke needs a key's id; keys list shows them."),
            ["add" or "revoke" or "list", .., var extra] => throw KeysException.Misuse($"keys does not know what to do with '{extra}'."),
            [var verb, ..] => throw KeysException.Misuse($"keys does not know '{verb}'; it knows add, list and revoke."),
        };
    }
}

/// <summary>Ends the command with one clear line. Exit code 2 says that it was called wrongly, 1 that it failed.</summary>
internal sealed class KeysException(string message, int exitCode) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    public static KeysException Misuse(string message) => new($"{message} (./rlhf keys --help explains)", 2);

    public static KeysException Failure(string message) => new(message, 1);
}
