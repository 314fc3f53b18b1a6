using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Rlhf.Storage;

namespace Rlhf.Server.Keys;

/// <summary>API keys and what they may do. Section <c>Keys</c> of the configuration.</summary>
public sealed partial class KeyOptions : IValidatableObject
{
    /// <summary>Requests that one key may make within a minute, where it has no limit of its own.</summary>
    /// <value>The default value is 6,000.</value>
    [Range(1, 1_000_000)]
    public int PerMinute { get; set; } = 6000;

    /// <summary>Requests that one address may make within a minute where no key is needed, which is on the server's own machine alone; 0 for any number.</summary>
    /// <value>The default value is 60,000.</value>
    [Range(0, 1_000_000)]
    public int PerMinuteWithoutKey { get; set; } = 60_000;

    /// <summary>Tokens that one key may use within a minute, prompts and replies together, where it has no limit of its own; 0 for any number.</summary>
    /// <value>The default value is 0.</value>
    [Range(0, long.MaxValue)]
    public long TokensPerMinute { get; set; }

    /// <summary>Tokens that one key may use within a day of UTC, where it has no limit of its own; 0 for any number.</summary>
    /// <value>The default value is 0.</value>
    [Range(0, long.MaxValue)]
    public long TokensPerDay { get; set; }

    /// <summary>Whether a key is needed on this machine, too. For a server behind a proxy of the same machine, whose requests all come from there: one that adds
    /// a header for those it forwards (X-Forwarded-For, Forwarded, X-Real-IP or Via) is known without it.</summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool Always { get; set; }

    /// <summary>How often the server looks for keys that were added or revoked.</summary>
    /// <value>The default value is 2 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00", ErrorMessage = "Keys:Refresh must be from 00:00:00.010 to 00:01:00.")]
    public TimeSpan Refresh { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Keys beside those that <c>./rlhf keys</c> makes. Where they stand in a file, the server takes a change within moments; in an environment or a command line, with its next start.</summary>
    /// <value>The default value is empty.</value>
    public IList<ConfiguredKey> Configured { get; } = [];

    /// <summary>Whether a client may be called this.</summary>
    /// <param name="client">The name.</param>
    /// <returns>True for 1 to 64 letters, digits, dots, hyphens and underscores, a letter or digit first.</returns>
    public static bool IsClient(string client) => ClientPattern().IsMatch(client);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        for (var i = 0; i < Configured.Count; i++)
        {
            var key = Configured[i];
            if (!IsClient(key.Client))
            {
                yield return new ValidationResult($"Keys:Configured:{i}:Client is '{key.Client}'; it must be 1 to 64 letters, digits, '.', '-' or '_'.");
            }

            if (!HashPattern().IsMatch(key.Sha256))
            {
                yield return new ValidationResult($"Keys:Configured:{i}:Sha256 must be the 64 hex digits of the key's SHA-256: printf %s \"$KEY\" | sha256sum");
            }

            if (KeyRolesText.Read(key.Roles) is null)
            {
                yield return new ValidationResult($"Keys:Configured:{i}:Roles is '{key.Roles}'; it must be some of {KeyRolesText.Known}, with commas between them.");
            }

            if (key.TokensPerMinute is < 0 || key.TokensPerDay is < 0)
            {
                yield return new ValidationResult($"Keys:Configured:{i}:TokensPerMinute and :TokensPerDay must be 0, for any number, or more.");
            }

            if (key.PerMinute is < 1)
            {
                yield return new ValidationResult($"Keys:Configured:{i}:PerMinute is {key.PerMinute}; it must be at least 1.");
            }
        }
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    private static partial Regex ClientPattern();

    [GeneratedRegex("^[0-9A-Fa-f]{64}$")]
    private static partial Regex HashPattern();
}

/// <summary>A key that the configuration knows by its hash, so that the key itself stands in no file.</summary>
public sealed class ConfiguredKey
{
    /// <summary>Whose key it is.</summary>
    public string Client { get; set; } = "";

    /// <summary>The SHA-256 of the key in hex digits. The key should have at least 128 random bits: <c>openssl rand -hex 32</c>.</summary>
    public string Sha256 { get; set; } = "";

    /// <summary>What it may do: some of <c>chat</c>, <c>rate</c>, <c>operate</c> and <c>watch</c>, with commas between them.</summary>
    /// <value>The default value is <c>chat</c>.</value>
    public string Roles { get; set; } = "chat";

    /// <summary>Requests that it may make within a minute.</summary>
    /// <value>The default value is <see cref="KeyOptions.PerMinute"/>.</value>
    public int? PerMinute { get; set; }

    /// <summary>Tokens that it may use within a minute; 0 for any number.</summary>
    /// <value>The default value is <see cref="KeyOptions.TokensPerMinute"/>.</value>
    public long? TokensPerMinute { get; set; }

    /// <summary>Tokens that it may use within a day of UTC; 0 for any number.</summary>
    /// <value>The default value is <see cref="KeyOptions.TokensPerDay"/>.</value>
    public long? TokensPerDay { get; set; }
}
