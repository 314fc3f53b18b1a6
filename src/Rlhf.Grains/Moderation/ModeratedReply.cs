using System.Runtime.CompilerServices;
using System.Text;
using Rlhf.Grains.Serving;

namespace Rlhf.Grains.Moderation;

/// <summary>
/// Lets a reply through while it is drawn. It is looked at from its start each time that half of what is held back has come, and at its end; the last characters before
/// that stay here, with their tokens. So nothing leaves that was not looked at together with the <paramref name="holdBack"/> characters behind it, or with the reply's end.
/// </summary>
internal sealed class ModeratedReply(Moderators moderators, int holdBack)
{
    private readonly StringBuilder _text = new();
    private readonly Queue<(DecodedPiece Piece, int End)> _held = [];
    private int _judged;

    /// <summary>The pieces that may leave. Where the reply is refused, a last one without text ends it, and drawing is given up.</summary>
    public async IAsyncEnumerable<DecodedPiece> LetThroughAsync(IAsyncEnumerable<DecodedPiece> drawn, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var piece in drawn.WithCancellation(cancellationToken))
        {
            _text.Append(piece.Text);
            _held.Enqueue((piece, _text.Length));
            var isWhole = piece.FinishReason is not null;
            if (!isWhole && _text.Length - _judged < Math.Max(1, holdBack / 2))
            {
                continue;
            }

            if (await moderators.JudgeAsync(_text.ToString(), ModerationSide.Output, isWhole, cancellationToken) is { } rule)
            {
                yield return piece with { Text = "", Said = "", ToolCalls = null, Tokens = [], FinishReason = Moderators.ContentFilter, Filtered = rule };
                yield break;
            }

            _judged = _text.Length;
            if (Free(isWhole) is { } free)
            {
                yield return free;
            }
        }
    }

    /// <summary>What may leave now, as one piece.</summary>
    private DecodedPiece? Free(bool all)
    {
        DecodedPiece? free = null;
        while (_held.TryPeek(out var first) && (all || first.End <= _judged - holdBack))
        {
            _held.Dequeue();
            free = free is null ? first.Piece : Together(free, first.Piece);
        }

        return free;
    }

    private static DecodedPiece Together(DecodedPiece first, DecodedPiece second) => second with
    {
        Text = first.Text + second.Text,
        Said = first.Said + second.Said,
        Tokens = [.. first.Tokens, .. second.Tokens],
        ToolCalls = first.ToolCalls is null && second.ToolCalls is null ? null : [.. first.ToolCalls ?? [], .. second.ToolCalls ?? []],
    };
}
