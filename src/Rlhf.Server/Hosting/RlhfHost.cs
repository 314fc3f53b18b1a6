using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging.Console;
using Rlhf.Grains;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Moderation;
using Rlhf.Grains.Raters;
using Rlhf.Grains.Retention;
using Rlhf.Grains.Serving;
using Rlhf.Grains.Versions;
using Rlhf.Grains.Webhooks;
using Rlhf.Inference;
using Rlhf.Learner;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Pipeline;
using Rlhf.Learning.Rewards;
using Rlhf.Server.Chat;
using Rlhf.Server.Feedback;
using Rlhf.Server.Feedback.Shapes;
using Rlhf.Server.Health;
using Rlhf.Server.Keys;
using Rlhf.Server.Learner;
using Rlhf.Server.Moderation;
using Rlhf.Server.OpenApi;
using Rlhf.Server.Telemetry;
using Rlhf.Server.Users;
using Rlhf.Server.Versions;
using Rlhf.Server.Webhooks;
using Rlhf.Storage;
using Rlhf.WebConsole;

namespace Rlhf.Server.Hosting;

/// <summary>Puts the host together: configuration, model, storage, silo, grains.</summary>
public static class RlhfHost
{
    /// <summary>The largest body of a request, where its endpoint says nothing else.</summary>
    public const int MaxBodyBytes = 1024 * 1024;

    /// <summary>The program's name, by which its static files are found also where another program runs it.</summary>
    internal static readonly string ProgramName = typeof(RlhfHost).Assembly.GetName().Name!;

    /// <summary>A builder whose settings lie beside the program, wherever it is started from; those that were typed have the last word.</summary>
    internal static WebApplicationBuilder CreateBuilder(IEnumerable<ServerSetting> settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = ProgramName, ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseStaticWebAssets(); // without a publish they lie in the package cache
        var given = settings.ToList();
        UnknownSettings.RefuseTyped(given);
        var typed = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var setting in given)
        {
            typed[setting.Key] = setting.Value;
        }

        builder.Configuration.AddInMemoryCollection(typed);
        builder.Configuration["ReloadStaticAssetsAtRuntime"] = "false"; // else an endpoint for every path answers 404 where 405 is right
        return builder;
    }

    /// <summary>Adds everything that answers requests.</summary>
    public static WebApplicationBuilder AddRlhf(this WebApplicationBuilder builder)
    {
        var model = builder.Checked<ModelOptions>("Model");
        var serving = builder.Checked<ServingOptions>("Serving");
        var learner = builder.Configuration.GetSection("Learner").Get<LearnerOptions>() ?? new();
        learner.Validate();
        builder.Services.AddSingleton(new SettingsSection("Learner", _ => learner));
        var storage = builder.Checked<StorageOptions>("Storage");
        builder.Checked<ChatOptions>("Chat");
        builder.Checked<DraftOptions>("Drafts");
        builder.Checked<FeedbackOptions>("Feedback", typeof(MetricOptions));
        builder.Checked<MetricOptions>("Feedback", typeof(FeedbackOptions));
        builder.Checked<LearnerSchedule>("Learner", typeof(LearnerOptions));
        builder.Checked<VersionOptions>("Versions");
        builder.Checked<RaterOptions>("Raters");
        builder.Checked<RetentionOptions>("Retention");
        builder.Checked<WebhookOptions>("Webhooks");
        var moderation = builder.Checked<ModerationOptions>("Moderation");

        var process = ProcessOptions.Of(builder.Configuration, builder.Checked<ClusteringOptions>("Clustering"), storage);

        builder.Services.AddSingleton(process);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Logging.AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>();
        QuietStart.AddTo(builder.Services);
        builder.AddTelemetry();
        builder.Services.AddHealth();
        if (process.IsClient)
        {
            builder.AddOrleans(process);
            builder.Services.AddRlhfClient(model.Name);
        }
        else
        {
            if (process.Roles.HasFlag(ProcessRoles.Learner))
            {
                _ = GateFiles.Read(learner.Gate); // told now, not when there is something to learn
                _ = RewardFiles.Read(learner.Components);
            }

            var trunk = BaseModel.Load(model.Folder);
            builder.AddOrleans(process);
            builder.Services.AddRlhfGrains(model.Name, trunk, serving, process.Roles);
            builder.Services.AddSingleton<IWebhookSender, HttpWebhookSender>();
            if (process.Roles.HasFlag(ProcessRoles.Serving))
            {
                builder.Services.AddModeration(moderation);
            }

            if (process.Roles.HasFlag(ProcessRoles.Learner))
            {
                builder.Services.AddRlhfLearner(learner);
            }
        }

        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.TypeInfoResolver = json.SerializerOptions.TypeInfoResolver!.WithAddedModifier(ChunkBody.WriteUsage);
        });
        builder.Services.AddSingleton<CompletionStream>();
        var keys = builder.Checked<KeyOptions>("Keys");
        if (process.Roles.HasFlag(ProcessRoles.Api))
        {
            _ = CrossOrigin.OriginsOf(builder.Configuration); // a wrong one is told before anything starts
            builder.Services.AddCors();
            builder.Services.AddKeys(keys);
            builder.Services.AddDescription();
            builder.Services.AddSingleton<UserRecords>();
            builder.Services.AddSingleton<TrainingErasure>();
            builder.Services.AddSingleton<FeedbackDesk>();
            builder.Services.AddSingleton<ComparisonLog>();
            builder.Services.AddSingleton<MetricMap>();
            builder.Services.AddSingleton<ShapedFeedbackDesk>();
            builder.Services.AddSingleton<DraftBudget>();
            builder.Services.AddSingleton<Drafting>();
            builder.Services.AddSingleton<FeedbackSearch>();
            builder.Services.AddSingleton<RatingQueue>();
            builder.Services.AddConsole(process.HasFolder ? Path.Combine(process.Data, "console") : null);
        }

        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(120));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;

            // Read whatever its bytes are, for it to be refused with a reason.
            kestrel.RequestHeaderEncodingSelector = header => header.Equals(IdempotencyKey.Header, StringComparison.OrdinalIgnoreCase) ? Encoding.Latin1 : null;
        });
        if (builder.Configuration["urls"] is null)
        {
            builder.WebHost.UseUrls("http://127.0.0.1:5080");
        }

        return builder;
    }

    /// <summary>Reads a section now, so that a value out of its range is told before anything starts, and for whom it
    /// may concern later. A setting of the section that nothing reads is refused.</summary>
    internal static T Checked<T>(this WebApplicationBuilder builder, string section, params Type[] alsoReadInto)
        where T : class, new()
    {
        UnknownSettings.Refuse(builder.Configuration, section, [typeof(T), .. alsoReadInto]);
        var options = builder.Configuration.GetSection(section).Get<T>() ?? new T();
        try
        {
            Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        }
        catch (ValidationException error)
        {
            throw new ValidationException($"The configuration section '{section}' is wrong: {error.Message}", error);
        }

        builder.Services.AddOptions<T>().BindConfiguration(section);
        SettingsInForce.Show<T>(builder.Services, section);
        return options;
    }
}
