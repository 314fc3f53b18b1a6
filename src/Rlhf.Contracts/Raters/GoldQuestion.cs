using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>A reply whose judgement is known: raters are asked for theirs without being told. It is a turn of a conversation of its own, so that feedback on
/// it comes as any other does.</summary>
/// <param name="CompletionId">What feedback names.</param>
/// <param name="Up">Whether a good rater likes it.</param>
[GenerateSerializer, Immutable, Alias("rlhf.GoldQuestion")]
public sealed record GoldQuestion(string CompletionId, bool Up)
{
    /// <summary>The version that "wrote" the replies of gold questions.</summary>
    public const string Version = "gold";
}
