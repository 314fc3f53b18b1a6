using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Http.Resilience;
using Rlhf.Grains.Moderation;

namespace Rlhf.Server.Moderation;

/// <summary>Adds what looks at requests and replies: the rules first, then the service.</summary>
internal static class ModerationSetup
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    /// <exception cref="ValidationException">A rule is wrong; the message names file and line.</exception>
    public static IServiceCollection AddModeration(this IServiceCollection services, ModerationOptions options)
    {
        if (options.Rules is { } file)
        {
            services.AddSingleton<IModerator>(new RulesModerator(Rules(file), options.HoldBack));
        }

        if (options.Url is not null)
        {
            services.AddHttpClient(ServiceModerator.Client, client => client.Timeout = Timeout.InfiniteTimeSpan) // the handler's holds
                .RemoveAllLoggers()
                .AddStandardResilienceHandler(handler => Configure(handler, options.Timeout));
            services.AddSingleton<IModerator, ServiceModerator>();
        }

        return services;
    }

    private static IReadOnlyList<ModerationRule> Rules(string file)
    {
        try
        {
            return ModerationRule.Read(file);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new ValidationException($"Moderation:Rules can't be read. {error.Message}", error);
        }
    }

    /// <summary>Half of the time for one attempt, so that a second one has some left.</summary>
    private static void Configure(HttpStandardResilienceOptions handler, TimeSpan timeout)
    {
        handler.TotalRequestTimeout.Timeout = timeout;
        handler.AttemptTimeout.Timeout = timeout / 2;
        handler.Retry.Delay = FirstPause;
        handler.CircuitBreaker.SamplingDuration = TimeSpan.FromSeconds(Math.Max(30, timeout.TotalSeconds));
        handler.CircuitBreaker.BreakDuration = TimeSpan.FromSeconds(2);
    }
}
