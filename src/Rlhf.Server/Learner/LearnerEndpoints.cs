using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Grains.Versions;
using Rlhf.Server.Errors;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Learner;

/// <summary>Watching the learner, and starting it by hand.</summary>
internal static class LearnerEndpoints
{
    private const int MostSeconds = 600;

    /// <summary>A grain call must end well within its 30 seconds; a longer wait is several calls.</summary>
    private static readonly TimeSpan OneCall = TimeSpan.FromSeconds(15);

    public static void MapLearner(this WebApplication app)
    {
        app.MapGet("/v1/learner", GetAsync).RequireAuthorization(KeyPolicies.Watch)
            .Describe("Learner", "getLearner", "Shows what the learner does; with wait_for, when that job has ended or the timeout is over.").MayRefuse(400);
        app.MapPost("/v1/learner/train", TrainAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe("Learner", "startTraining", "Starts a training.").MayRefuse(409);
        app.MapPost("/v1/learner/pause", PauseAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe("Learner", "pauseLearner", "Trains nothing until it is resumed; a running job stops at its last checkpoint.");
        app.MapPost("/v1/learner/resume", ResumeAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe("Learner", "resumeLearner", "Ends a pause; a job goes on from its last checkpoint.");
        app.MapPost("/v1/learner/cancel", CancelAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe("Learner", "cancelTraining", "Ends the running job without a version.").MayRefuse(409);
    }

    private static async Task<Ok<LearnerBody>> PauseAsync(RequestBody<SteeringRequest> request, HttpContext http, IGrainFactory grains, CatalogCache catalog) =>
        TypedResults.Ok(LearnerBody.Of(await grains.Learner(catalog.Current.Model).PauseAsync((await request.ReadIfAnyAsync())?.Reason, Name(http), http.RequestAborted)));

    private static async Task<Ok<LearnerBody>> ResumeAsync(IGrainFactory grains, CatalogCache catalog, CancellationToken cancellationToken) =>
        TypedResults.Ok(LearnerBody.Of(await grains.Learner(catalog.Current.Model).ResumeAsync(cancellationToken)));

    private static async Task<Ok<LearnerBody>> CancelAsync(RequestBody<SteeringRequest> request, HttpContext http, IGrainFactory grains, CatalogCache catalog) =>
        TypedResults.Ok(LearnerBody.Of(await grains.Learner(catalog.Current.Model).CancelAsync((await request.ReadIfAnyAsync())?.Reason, Name(http), http.RequestAborted)));

    private static string Name(HttpContext http) => Caller.Of(http).Client ?? "anyone";

    private static async Task<Accepted<TrainBody>> TrainAsync(IGrainFactory grains, CatalogCache catalog, CancellationToken cancellationToken)
    {
        var job = await grains.Learner(catalog.Current.Model).TrainAsync(TrainingTrigger.Manual, cancellationToken);
        return TypedResults.Accepted($"/v1/learner?wait_for={job.Id}", new TrainBody(job.Id, job.Version, job.Stage));
    }

    /// <summary>The learner's state; with <c>wait_for</c> and <c>timeout</c> (seconds), when that job has ended or the
    /// time is over.</summary>
    private static async Task<Ok<LearnerBody>> GetAsync(
        [FromQuery(Name = "wait_for"), Description("A job's id.")] string? waitFor,
        [FromQuery, Range(0, MostSeconds), Description("The most seconds to wait; 600 where it is missing.")] string? timeout,
        IGrainFactory grains, CatalogCache catalog, TimeProvider time, CancellationToken cancellationToken)
    {
        var patience = PatienceOf(timeout);
        var learner = grains.Learner(catalog.Current.Model);
        if (waitFor is null)
        {
            return TypedResults.Ok(LearnerBody.Of(await learner.GetAsync(cancellationToken)));
        }

        var start = time.GetTimestamp();
        while (true)
        {
            var left = patience - time.GetElapsedTime(start);
            var status = await learner.WaitAsync(waitFor, left < OneCall ? left < TimeSpan.Zero ? TimeSpan.Zero : left : OneCall, cancellationToken);
            if (status.Job?.Id != waitFor || left <= OneCall)
            {
                return TypedResults.Ok(LearnerBody.Of(status));
            }
        }
    }

    private static TimeSpan PatienceOf(string? timeout) => timeout is null
        ? TimeSpan.FromSeconds(MostSeconds)
        : double.TryParse(timeout, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= MostSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw Refuse.Invalid($"'timeout' must be a number of seconds from 0 to {MostSeconds}, not '{timeout}'.", "timeout");
}
