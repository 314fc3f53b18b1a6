using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Moderation;
using Rlhf.Grains.Raters;
using Rlhf.Grains.Retention;
using Rlhf.Grains.Serving;
using Rlhf.Grains.Versions;
using Rlhf.Grains.Webhooks;
using Rlhf.Learner;
using Rlhf.Learning.Pipeline;
using Rlhf.Server.Chat;
using Rlhf.Server.Feedback.Shapes;
using Rlhf.Server.Hosting;
using Rlhf.Server.Keys;

namespace Rlhf.Deployment.Tests;

/// <summary>The settings that the server knows.</summary>
internal static class Settings
{
    private static readonly Dictionary<string, Type[]> Sections = new()
    {
        ["Chat"] = [typeof(ChatOptions)],
        ["Clustering"] = [typeof(ClusteringOptions)],
        ["Drafts"] = [typeof(DraftOptions)],
        ["Feedback"] = [typeof(FeedbackOptions), typeof(MetricOptions)],
        ["Learner"] = [typeof(LearnerSchedule), typeof(LearnerOptions)],
        ["Model"] = [typeof(ModelOptions)],
        ["Serving"] = [typeof(ServingOptions)],
        ["Keys"] = [typeof(KeyOptions)],
        ["Storage"] = [typeof(StorageOptions)],
        ["Moderation"] = [typeof(ModerationOptions)],
        ["Raters"] = [typeof(RaterOptions)],
        ["Retention"] = [typeof(RetentionOptions)],
        ["Webhooks"] = [typeof(WebhookOptions)],
        ["Versions"] = [typeof(VersionOptions)],
    };

    private static readonly string[] Plain = ["Roles", "Data", "Urls"];

    // What ASP.NET Core, .NET, OpenMP and OpenTelemetry read themselves.
    private static readonly string[] Foreign = ["ASPNETCORE_", "DOTNET_", "OMP_", "OTEL_", "Logging__"];

    /// <summary>Insists that an environment sets only what some option takes, to values that it takes.</summary>
    public static void Require(IReadOnlyDictionary<string, string?> environment)
    {
        var own = environment.Where(setting => !Foreign.Any(start => setting.Key.StartsWith(start, StringComparison.Ordinal)))
            .ToDictionary(setting => setting.Key.Replace("__", ":"), setting => setting.Value);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(own).Build();
        foreach (var name in own.Keys)
        {
            Assert.True(Plain.Contains(name, StringComparer.OrdinalIgnoreCase) || IsKnown(name.Split(':')), $"The server has no setting {name}.");
        }

        foreach (var (section, types) in Sections)
        {
            foreach (var type in types)
            {
                var options = configuration.GetSection(section).Get(type) ?? Activator.CreateInstance(type)!;
                Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
            }
        }
    }

    /// <summary>Whether the path leads through options to a property that can be set.</summary>
    public static bool IsKnown(string[] path) =>
        Sections.TryGetValue(path[0], out var types) && types.Any(type => Leads(type, path[1..]));

    private static bool Leads(Type type, string[] path)
    {
        if (path.Length == 0)
        {
            return true;
        }

        if (type.GetInterfaces().Append(type).FirstOrDefault(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(ICollection<>)) is { } list)
        {
            return int.TryParse(path[0], out _) && Leads(list.GetGenericArguments()[0], path[1..]);
        }

        return type.GetProperty(path[0], BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase) is { } property
            && Leads(property.PropertyType, path[1..]);
    }
}
