using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Rlhf.Grains.Webhooks;

/// <summary>Who is told of feedback and of trainings. Section <c>Webhooks</c> of the configuration, the same in all processes of a cluster.</summary>
public sealed class WebhookOptions : IValidatableObject
{
    /// <summary>The endpoints.</summary>
    /// <value>The default value is empty: nobody is told.</value>
    public IList<WebhookEndpoint> Endpoints { get; } = [];

    /// <summary>How often each endpoint's grain looks for something new.</summary>
    /// <value>The default value is 1 second.</value>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan Every { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an endpoint may take to answer.</summary>
    /// <value>The default value is 10 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:25")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The pause after an attempt that failed; it doubles with each that follows.</summary>
    /// <value>The default value is 1 second.</value>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause between attempts.</summary>
    /// <value>The default value is 5 minutes.</value>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Looks through the endpoints.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (index, endpoint) in Endpoints.Index())
        {
            foreach (var wrong in endpoint.Wrong())
            {
                yield return new ValidationResult($"Webhooks:Endpoints:{index.ToString(CultureInfo.InvariantCulture)}:{wrong}", [nameof(Endpoints)]);
            }
        }

        if (Endpoints.GroupBy(endpoint => endpoint.Key).FirstOrDefault(same => same.Count() > 1) is { Key: var name })
        {
            yield return new ValidationResult($"Webhooks:Endpoints has two endpoints of the name or address '{name}'; give each a Name of its own.", [nameof(Endpoints)]);
        }
    }
}

/// <summary>Who is told.</summary>
public sealed class WebhookEndpoint
{
    private const string SecretPrefix = "whsec_";
    private const int ShortestSecret = 16;

    /// <summary>What it is called. Its cursor is kept under this name.</summary>
    /// <value>The default value is made of the address, so that another address begins anew.</value>
    public string Name { get; set; } = "";

    /// <summary>The address, http or https.</summary>
    public string Url { get; set; } = "";

    /// <summary>What its messages are signed with: <c>whsec_</c> and the key in base64, or a text of at least 16 characters.</summary>
    public string Secret { get; set; } = "";

    /// <summary>What it is told of, such as <c>feedback.created</c>, or <c>learner.*</c> for all of the learner.</summary>
    /// <value>The default value is empty: everything.</value>
    public IList<string> Events { get; } = [];

    /// <summary>What its grain is called.</summary>
    public string Key => Name.Length > 0 ? Name : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Url)))[..12];

    /// <summary>The address without what may be secret in it.</summary>
    public string ShownUrl => Uri.TryCreate(Url, UriKind.Absolute, out var address) ? address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) : "";

    /// <summary>The key of the signature.</summary>
    public byte[] SigningKey => Secret.StartsWith(SecretPrefix, StringComparison.Ordinal) ? Convert.FromBase64String(Secret[SecretPrefix.Length..]) : Encoding.UTF8.GetBytes(Secret);

    /// <summary>Whether it is told of an event.</summary>
    public bool Wants(string type) => Events.Count == 0 || Events.Any(wanted => wanted == type || (wanted.EndsWith(".*", StringComparison.Ordinal) && type.StartsWith(wanted[..^1], StringComparison.Ordinal)));

    internal IEnumerable<string> Wrong()
    {
        if (Name.Length > 0 && !(Name.Length <= 64 && Name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')))
        {
            yield return $"Name must be 1 to 64 letters, digits, '.', '-' or '_', not '{Name}'.";
        }

        if (!Uri.TryCreate(Url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            yield return "Url must be an http or https address."; // it may hold a secret, and is not repeated
        }

        if (!HasGoodSecret())
        {
            yield return $"Secret must be 'whsec_' and at least {ShortestSecret} bytes in base64, or a text of at least {ShortestSecret} characters: whsec_$(openssl rand -base64 32)";
        }

        foreach (var wanted in Events.Where(wanted => !WebhookEvent.Types.Any(type => wanted == type || wanted == type.Split('.')[0] + ".*")))
        {
            yield return $"Events has '{wanted}'; there are {string.Join(", ", WebhookEvent.Types)}, feedback.* and learner.*.";
        }
    }

    private bool HasGoodSecret()
    {
        try
        {
            return SigningKey.Length >= ShortestSecret;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
