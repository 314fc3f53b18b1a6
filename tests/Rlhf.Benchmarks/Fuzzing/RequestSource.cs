using System.Security.Cryptography;
using System.Text;

namespace Rlhf.Benchmarks.Fuzzing;

/// <summary>
/// Makes requests out of a seed, ten to an episode, which one client sends one after the other. Every third episode is a story, in which
/// what comes later is about what came before; the others are of operations drawn one by one.
/// </summary>
internal sealed class RequestSource(ApiDescription description, int seed)
{
    /// <summary>Requests of an episode.</summary>
    public const int EpisodeLength = 10;

    public const string Operator = "fuzz-operator-key";
    private const string App = "fuzz-app-key";
    private const string Slow = "fuzz-slow-key";
    private const double Spoilt = 0.6;
    private const double Odd = 0.25;
    private const double Rude = 0.08;
    private const int LongestPatience = 40;

    private readonly ApiOperation[] _weighted = [.. description.Operations.SelectMany(operation => Enumerable.Repeat(operation, Weight(operation)))];

    /// <summary>What the server has to be told of the keys that come with the requests.</summary>
    public static IReadOnlyList<string> Settings { get; } =
    [
        .. Key(0, Operator, "operator", "chat,rate,operate,watch", 10_000_000),
        .. Key(1, App, "app", "chat", 10_000_000),
        .. Key(2, Slow, "slow", "chat,rate", 30),
    ];

    /// <summary>The requests of an episode, as many as there are below a number.</summary>
    public IReadOnlyList<FuzzRequest> Episode(int episode, int below)
    {
        var first = episode * EpisodeLength;
        var conversation = $"pool-{episode % ValidValues.Conversations}";
        var drafts = episode % 3 == 0 ? Story.Of(Choices.Of(seed, ~episode), conversation, episode) : [];
        return [.. Enumerable.Range(first, Math.Min(EpisodeLength, below - first)).Select(number =>
        {
            var random = Choices.Of(seed, number);
            var values = new ValidValues(description, random, conversation, number);
            return number - first < drafts.Count && random.Chance(0.9) ? Of(drafts[number - first], number) : Drawn(number, values, random);
        })];
    }

    /// <summary>A request of a story is sent as it is.</summary>
    private FuzzRequest Of(Draft draft, int number)
    {
        var path = draft.Target.Split('?')[0];
        var operation = description.Operations.FirstOrDefault(operation => operation.Method == draft.Method && Fits(operation.Path, path));
        List<(string, string)> headers = [("Authorization", $"Bearer {(draft.AsApp ? App : Operator)}"), ("x-request-id", $"fuzz-{number}")];
        if (draft.Key is { } key)
            headers.Add(("Idempotency-Key", key));
        return new FuzzRequest(
            number, operation, draft.Method, draft.Target, headers, draft.Body is null ? null : Encoding.UTF8.GetBytes(draft.Body), draft.Body is null ? null : "application/json", draft.Manner, LongestPatience, IsChanged: false);
    }

    private FuzzRequest Drawn(int number, ValidValues values, Random random)
    {
        var operation = random.Any(_weighted);
        var odd = random.Chance(Odd);
        var headers = HeadersOf(operation, number, values, random, odd);
        var body = operation.Method is "POST" or "PUT" or "PATCH" ? values.BodyOf(operation) ?? (random.Chance(0.3) ? BodyMutation.Unexpected(random) : null) : null;
        var bytes = body is null ? odd && random.Chance(0.1) ? "{}"u8.ToArray() : null
            : random.Chance(Spoilt) ? BodyMutation.Spoil(body, random)
            : LooseJson.ToBytes(body.ToString());
        return new FuzzRequest(
            number,
            operation,
            odd && random.Chance(0.2) ? random.Any(Hostile.Methods) : operation.Method,
            TargetOf(operation, values, random, odd),
            headers,
            bytes,
            bytes is null ? null : odd && random.Chance(0.3) ? random.Any(Hostile.ContentTypes) : "application/json",
            random.Chance(Rude) ? (Manner)random.Next(1, 6) : Manner.Plain,
            random.Next(LongestPatience),
            odd);
    }

    private static List<(string, string)> HeadersOf(ApiOperation operation, int number, ValidValues values, Random random, bool odd)
    {
        var who = random.Next(40) switch { 0 => Slow, < 4 => App, _ => Operator };
        List<(string, string)> headers = [("Authorization", odd && random.Chance(0.1) ? random.Any(Hostile.Authorizations) : $"Bearer {who}"), ("x-request-id", $"fuzz-{number}")];
        foreach (var parameter in operation.Parameters.Where(parameter => parameter.In == "header" && random.Chance(0.4)))
            headers.Add((parameter.Name, values.ParameterOf(operation, parameter)));
        while (odd && random.Chance(0.4))
            headers.Add(random.Any(Hostile.Headers));
        return headers;
    }

    private static string TargetOf(ApiOperation operation, ValidValues values, Random random, bool odd)
    {
        if (odd && random.Chance(0.08))
            return random.Any(Hostile.Paths);
        var path = operation.Path;
        var query = new List<string>();
        foreach (var parameter in operation.Parameters)
        {
            var hostile = odd && random.Chance(0.5);
            var value = hostile ? random.Any(parameter.Name == "timeout" ? Hostile.Timeouts : Hostile.Segments) : Uri.EscapeDataString(values.ParameterOf(operation, parameter));
            if (parameter.In == "path")
                path = path.Replace($"{{{parameter.Name}}}", value, StringComparison.Ordinal);
            else if (parameter.In == "query" && (!hostile || random.Chance(0.8) || parameter.Name == "timeout"))
                query.Add($"{parameter.Name}={value}"); // a wait without a timeout would be a long one
        }

        if (odd && random.Chance(0.2))
            query.Add($"{random.Any(Hostile.Segments)}={random.Any(Hostile.Segments)}");
        if (odd && random.Chance(0.1) && query.Count > 0)
            query.Add(query[0]);
        return query.Count == 0 ? path : $"{path}?{string.Join('&', query)}";
    }

    /// <summary>Chats and thumbs are what there is most of. A training takes seconds and a metric page is long: both are rare.</summary>
    private static int Weight(ApiOperation operation) => operation.Path switch
    {
        "/v1/learner/train" or "/metrics" => 1,
        _ when operation.Body is not null && operation.Path.EndsWith("/completions", StringComparison.Ordinal) => 70,
        _ when operation.Body is not null => 30,
        _ => 8,
    };

    private static bool Fits(string template, string path)
    {
        var (parts, given) = (template.Split('/'), path.Split('/'));
        return parts.Length == given.Length && parts.Zip(given).All(pair => pair.First.StartsWith('{') || pair.First == pair.Second);
    }

    private static string[] Key(int index, string key, string client, string roles, int perMinute) =>
    [
        $"--Keys:Configured:{index}:Client={client}",
        $"--Keys:Configured:{index}:Sha256={Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}",
        $"--Keys:Configured:{index}:Roles={roles}",
        $"--Keys:Configured:{index}:PerMinute={perMinute}",
    ];
}
