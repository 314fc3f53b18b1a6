using System.Text.Json;

namespace Rlhf.Cli.Client;

/// <summary>A message of a conversation.</summary>
internal sealed record Message(string Role, string Content);

/// <summary>What to draw a reply for.</summary>
/// <param name="Model">The model's name, or <c>name:version</c> to pin a version.</param>
/// <param name="Messages">The conversation so far.</param>
/// <param name="User">Who asks.</param>
/// <param name="Seed">The same seed gives the same reply of a version.</param>
/// <param name="Metadata">Names the conversation.</param>
/// <param name="BestOf">How many replies to choose the best of; null leaves it to the server.</param>
internal sealed record Prompt(string Model, IReadOnlyList<Message> Messages, string User, long Seed, PromptMetadata Metadata, int? BestOf = null);

/// <summary>What a prompt says of itself.</summary>
internal sealed record PromptMetadata(string ConversationId);

/// <summary>A reply.</summary>
/// <param name="CompletionId">What feedback names.</param>
/// <param name="Version">The version that wrote it.</param>
/// <param name="Text">What it says.</param>
internal sealed record Reply(string CompletionId, string Version, string Text);

/// <summary>What became of a batch of recorded thumbs.</summary>
internal sealed record ImportReceipt(int Imported, int Duplicates, IReadOnlyList<RejectedThumb>? Rejected);

/// <summary>A thumb the server did not take, by its place in the batch.</summary>
internal sealed record RejectedThumb(int Index, string Error);

/// <summary>A training job that was started.</summary>
internal sealed record StartedJob(string JobId, string Version);

/// <summary>What the learner does: <see cref="Running"/>, or nothing.</summary>
internal sealed record LearnerState(
    string State,
    string? JobId,
    string? Stage,
    int Step,
    int Steps,
    double Progress,
    FinishedJob? LastJob)
{
    public const string Running = "running";
}

/// <summary>How a training job ended: <see cref="Published"/>, rejected by the gate, or <see cref="Failed"/>.</summary>
internal sealed record FinishedJob(
    string JobId,
    string Version,
    string Outcome,
    string? Reason,
    double Seconds,
    IReadOnlyDictionary<string, double>? Metrics)
{
    public const string Published = "published";
    public const string Failed = "failed";
}

/// <summary>How the server's JSON is written.</summary>
internal static class Wire
{
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };
}

/// <summary>A projection of the ledger that was made anew.</summary>
/// <param name="Cursor">The ledger's last event that is in it.</param>
/// <param name="Entries">Entries that it holds.</param>
/// <param name="Mended">Stored parts that were missing or different.</param>
internal sealed record RebuiltPart(long Cursor, int Entries, int Mended);
