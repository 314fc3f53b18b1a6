using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;

namespace Rlhf.Server.Hosting;

/// <summary>A section of the configuration as this process goes by it, defaults among it.</summary>
/// <param name="Section">The section's name.</param>
/// <param name="Read">Reads it.</param>
internal sealed record SettingsSection(string Section, Func<IServiceProvider, object> Read);

/// <summary>Shows the settings in force. What may be a secret is shown as set or not.</summary>
internal static partial class SettingsInForce
{
    private const string Hidden = "(set; not shown)";

    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() }, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public static void MapSettings(this WebApplication app) => app.MapGet("/v1/settings", Get).RequireAuthorization(KeyPolicies.Operate)
        .Describe("Operations", "listSettings", "Lists the settings that this process goes by, defaults among them. Secrets are not shown.");

    /// <summary>Lets a section be shown.</summary>
    public static void Show<T>(IServiceCollection services, string section)
        where T : class => services.AddSingleton(new SettingsSection(section, provider => provider.GetRequiredService<IOptions<T>>().Value));

    private static Ok<SettingListBody> Get(IEnumerable<SettingsSection> sections, IServiceProvider services) => TypedResults.Ok(new SettingListBody("list",
        [.. sections.SelectMany(section => Flat(section.Section, JsonSerializer.SerializeToNode(section.Read(services), Json))).OrderBy(setting => setting.Name, StringComparer.Ordinal)]));

    private static IEnumerable<SettingBody> Flat(string path, JsonNode? value) => value switch
    {
        JsonObject fields => fields.SelectMany(field => Flat($"{path}:{field.Key}", field.Value)),
        JsonArray items => items.SelectMany((item, i) => Flat(string.Create(CultureInfo.InvariantCulture, $"{path}:{i}"), item)),
        _ => [new SettingBody(path, value is not null && Secret().IsMatch(path) ? Hidden : value?.ToString())],
    };

    [GeneratedRegex("(?i)(secret|password|connection|sha256|:key)[^:]*$")]
    private static partial Regex Secret();
}

/// <summary>The settings, by name.</summary>
internal sealed record SettingListBody(string Object, IReadOnlyList<SettingBody> Data);

/// <summary>A setting as it is in force; null where it is not set.</summary>
internal sealed record SettingBody(string Name, string? Value);
