using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>An entry of the ledger without its texts: what summaries of many are made of.</summary>
/// <param name="Sequence">Its place in the ledger.</param>
/// <param name="Said">The event without messages, reply, tokens and words.</param>
/// <param name="Dialogue">A hash of the messages that the reply answers: the same for the same dialogue.</param>
[GenerateSerializer, Immutable, Alias("rlhf.GivenFeedback")]
public sealed record GivenFeedback(long Sequence, FeedbackEvent Said, long Dialogue)
{
    /// <summary>An entry without its texts. Of a correction it stays known that there was one.</summary>
    public static GivenFeedback Of(long sequence, FeedbackEvent said) => new(
        sequence,
        said with
        {
            Messages = [],
            Reply = "",
            Tokens = [],
            LogProbs = [],
            Comment = null,
            Content = said.Content is { } content ? content.WithoutTexts() with { Text = content.Text is null ? null : "" } : null,
        },
        HashOf(said.Messages));

    private static long HashOf(ImmutableArray<ChatMessage> messages)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var message in messages)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{message.Role}\0{message.Content}\0{message.ToolCalls}\0{message.ToolCallId}\0"));
        }

        return BinaryPrimitives.ReadInt64LittleEndian(hash.GetHashAndReset());
    }
}
