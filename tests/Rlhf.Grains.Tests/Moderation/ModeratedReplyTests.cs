using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Rlhf.Contracts;
using Rlhf.Grains.Moderation;
using Rlhf.Grains.Serving;

namespace Rlhf.Grains.Tests.Moderation;

public sealed class ModeratedReplyTests
{
    private const string Bad = "xyzzy";

    [Fact]
    public async Task Of_a_match_no_longer_than_what_is_held_back_nothing_leaves_however_the_reply_is_cut_into_pieces()
    {
        var random = new Random(1);
        for (var run = 0; run < 500; run++)
        {
            var (before, after) = (random.Next(60), random.Next(60));
            var reply = new string('a', before) + Bad + new string('b', after);
            var holdBack = random.Next(Bad.Length, 40);
            var drawn = new Drawn(Pieces(reply, random));
            var left = await LeftAsync(drawn, holdBack);

            Assert.Equal(new string('a', left.Text.Length), left.Text);
            Assert.Equal(left.Text, left.Tokens);
            Assert.True(left.Text.Length >= before - (holdBack * 2) - 8, $"{left.Text.Length} of {before} left"); // and no more is held back than that
            Assert.Equal((Moderators.ContentFilter, "bad"), (left.Finish, left.Filtered));
            Assert.True(drawn.GivenUp);
        }
    }

    [Fact]
    public async Task What_a_call_of_a_tool_is_called_with_is_looked_at_too()
    {
        foreach (var (arguments, whole) in new[] { ("""{"what":"xyzzy"}""", false), ("""{"what":"plover"}""", true) })
        {
            var pieces = Pieces(arguments, new Random(3)).ConvertAll(piece => piece with { Said = "", ToolCalls = [new ToolCallDelta(0, null, null, piece.Text)] });
            var left = await PiecesLeftAsync(new Drawn(pieces), holdBack: 6);
            var called = string.Concat(left.SelectMany(piece => piece.ToolCalls ?? []).Select(call => call.Arguments));
            Assert.Equal(whole ? arguments : """{"what":"xyzzy"}"""[..called.Length], called);
            Assert.Equal(whole, called.Length == arguments.Length);
            Assert.DoesNotContain("x", whole ? "" : called);
            Assert.All(left, piece => Assert.Empty(piece.Said));
        }
    }

    [Theory]
    [InlineData("{\"a\":\"\\nxyz\\u007ay\"}", true)]
    [InlineData("{\"a\":\"xy\\/zzy\"}", false)]
    [InlineData("{\"a\":\"\\ud83d\\ude00 \\ud83d\"}", false)]
    public async Task What_JSON_says_by_escapes_is_looked_at_as_it_is_decoded(string reply, bool refused)
    {
        var left = await PiecesLeftAsync(new Drawn(Pieces(reply, new Random(4))), holdBack: 12);
        Assert.Equal(refused ? Moderators.ContentFilter : "stop", left[^1].FinishReason);
    }

    [Fact]
    public async Task A_reply_that_nothing_refuses_leaves_as_it_was_drawn()
    {
        var random = new Random(2);
        for (var run = 0; run < 100; run++)
        {
            var reply = new string('a', random.Next(1, 200));
            var left = await LeftAsync(new Drawn(Pieces(reply, random)), random.Next(1, 300));
            Assert.Equal((reply, reply, "stop", null), left);
        }
    }

    private static async Task<(string Text, string Tokens, string? Finish, string? Filtered)> LeftAsync(Drawn drawn, int holdBack)
    {
        var pieces = await PiecesLeftAsync(drawn, holdBack);
        Assert.All(pieces, piece => Assert.Equal(piece.Text, piece.Said));
        Assert.All(pieces[..^1], piece => Assert.Null(piece.FinishReason));
        return (string.Concat(pieces.Select(piece => piece.Text)), string.Concat(pieces.SelectMany(piece => piece.Tokens).Select(token => token.Text)), pieces[^1].FinishReason, pieces[^1].Filtered);
    }

    private static async Task<List<DecodedPiece>> PiecesLeftAsync(Drawn drawn, int holdBack)
    {
        var moderators = new Moderators([new BadWord()], Options.Create(new ModerationOptions()), NullLogger<Moderators>.Instance);
        var pieces = new List<DecodedPiece>();
        await foreach (var piece in new ModeratedReply(moderators, holdBack).LetThroughAsync(drawn.ReadAsync(), CancellationToken.None))
        {
            pieces.Add(piece);
        }

        return pieces;
    }

    private static List<DecodedPiece> Pieces(string text, Random random)
    {
        var pieces = new List<DecodedPiece>();
        for (var at = 0; at < text.Length;)
        {
            var length = Math.Min(random.Next(1, 5), text.Length - at);
            var part = text.Substring(at, length);
            at += length;
            pieces.Add(new DecodedPiece(part, part, [.. part.Select(letter => new SampledToken(letter, letter.ToString(), -1))], 3, at == text.Length ? "stop" : null));
        }

        return pieces;
    }

    private sealed class Drawn(List<DecodedPiece> pieces)
    {
        public bool GivenUp { get; private set; }

        public async IAsyncEnumerable<DecodedPiece> ReadAsync()
        {
            try
            {
                foreach (var piece in pieces)
                {
                    await Task.Yield();
                    yield return piece;
                }
            }
            finally
            {
                GivenUp = true;
            }
        }
    }

    private sealed class BadWord : IModerator
    {
        public ValueTask<string?> RefusesAsync(string text, ModerationSide side, bool isWhole, CancellationToken cancellationToken) =>
            ValueTask.FromResult(text.Contains(Bad, StringComparison.Ordinal) ? "bad" : null);
    }
}
