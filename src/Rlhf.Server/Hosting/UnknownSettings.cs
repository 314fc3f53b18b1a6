using System.Collections;
using System.ComponentModel.DataAnnotations;

namespace Rlhf.Server.Hosting;

/// <summary>Refuses settings that nothing reads: who misspelt one would otherwise run with its default and not know.</summary>
internal static class UnknownSettings
{
    private static readonly string[] Sections =
    [
        "Model", "Serving", "Learner", "Storage", "Chat", "Drafts", "Feedback", "Versions", "Raters", "Retention", "Moderation", "Webhooks", "Clustering", "Keys", "Cors", "Roles", "Data", "Urls",
        "AllowedHosts", "Kestrel", "Logging", "HostOptions", "Environment", "HTTP_PORTS", "HTTPS_PORTS",
    ];

    private static readonly string[] Values = ["Roles", "Data", "Urls", "AllowedHosts", "Environment", "HTTP_PORTS", "HTTPS_PORTS"];

    private static readonly string[] Prefixes = ["OTEL_", "ASPNETCORE_", "DOTNET_", "AZURE_"];

    /// <summary>Looks through a section and what lies below it.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="section">The section's name.</param>
    /// <param name="types">What the section is read into: some sections are read into two.</param>
    /// <exception cref="ValidationException">A setting is not among the types' properties; the message names the nearest.</exception>
    public static void Refuse(IConfiguration configuration, string section, params Type[] types) => Look(configuration.GetSection(section), types);

    /// <summary>Looks at what was typed: a setting of another section than the server's and its libraries' is misspelt.</summary>
    /// <exception cref="ValidationException">A setting is of no section that is read; the message names the nearest.</exception>
    public static void RefuseTyped(IEnumerable<ServerSetting> settings)
    {
        foreach (var setting in settings)
        {
            var top = setting.Key.Split(':')[0];
            if (!Sections.Contains(top, StringComparer.OrdinalIgnoreCase) && !Prefixes.Any(prefix => top.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
            {
                throw new ValidationException($"There is no setting '{setting.Key}'; the nearest is '{Nearest(top, Sections)}'.");
            }

            if (Values.Contains(top, StringComparer.OrdinalIgnoreCase) && setting.Key.Length > top.Length)
            {
                throw new ValidationException($"There is no setting '{setting.Key}'; '{top}' has a value and nothing below it.");
            }
        }
    }

    private static void Look(IConfigurationSection section, Type[] types)
    {
        var known = types.SelectMany(type => type.GetProperties()).Where(property => property.CanWrite || IsList(property.PropertyType)).ToList();
        foreach (var setting in section.GetChildren())
        {
            var property = known.Find(property => property.Name.Equals(setting.Key, StringComparison.OrdinalIgnoreCase))
                ?? throw Unknown(setting, known.Select(property => property.Name));
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (IsList(type))
            {
                var element = type.IsArray ? type.GetElementType()! : type.GetGenericArguments()[^1];
                foreach (var item in setting.GetChildren().Where(_ => IsOurs(element)))
                {
                    Look(item, [element]);
                }
            }
            else if (IsOurs(type))
            {
                Look(setting, [type]);
            }
            else if (setting.GetChildren().FirstOrDefault() is { } below)
            {
                throw new ValidationException($"There is no setting '{below.Path}'; '{setting.Path}' has a value and nothing below it.");
            }
        }
    }

    private static bool IsOurs(Type type) => type is { IsClass: true } && type.Namespace?.StartsWith("Rlhf", StringComparison.Ordinal) is true;

    private static bool IsList(Type type) => type != typeof(string) && type.IsAssignableTo(typeof(IEnumerable)) && (type.IsArray || type.IsGenericType);

    private static ValidationException Unknown(IConfigurationSection setting, IEnumerable<string> known) =>
        new ValidationException($"There is no setting '{setting.Path}'; the nearest is '{setting.Path[..^setting.Key.Length]}{Nearest(setting.Key, known)}'.");

    private static string Nearest(string name, IEnumerable<string> known) => known.MinBy(other => Distance(other.ToUpperInvariant(), name.ToUpperInvariant()))!;

    /// <summary>Levenshtein's: the fewest letters that are to be put in, left out or changed.</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1)));
            }
        }

        return row[^1];
    }
}
