namespace Rlhf.Inference.Tests;

public sealed class TextStreamTests
{
    private static readonly Tokenizer Tokenizer = TestModels.Tokenizer;

    [Theory]
    [InlineData("A latte, please.")]
    [InlineData("👍🏽 Grüße 你好, naïve café 👨‍👩‍👧‍👦!")]
    public void Pieces_NeverSplitACharacter_AndMakeTheWholeText(string text)
    {
        var stream = new TextStream(Tokenizer);
        List<string> pieces = [.. Tokenizer.Encode(text).Select(stream.Append), stream.Finish()];
        Assert.All(pieces, piece =>
        {
            Assert.DoesNotContain('\uFFFD', piece);
            Assert.False(piece.Length > 0 && (char.IsLowSurrogate(piece[0]) || char.IsHighSurrogate(piece[^1])));
        });
        Assert.Equal(text, string.Concat(pieces));
    }

    [Fact]
    public void AnUnfinishedCharacter_BecomesTheReplacementCharacterAtTheEnd()
    {
        int[] ids = Tokenizer.Encode("ok 👍");
        var stream = new TextStream(Tokenizer);
        Assert.Equal("ok ", string.Concat(ids[..^1].Select(stream.Append)));
        Assert.Equal("\uFFFD", stream.Finish());
        Assert.Equal("ok \uFFFD", Tokenizer.Decode(ids.AsSpan(..^1)));
    }

    [Fact]
    public void SpecialTokens_AddNothing()
    {
        var stream = new TextStream(Tokenizer);
        Assert.Equal("", stream.Append(Tokenizer.SpecialId("<|end|>")!.Value));
        Assert.Equal("", stream.Finish());
    }

    [Theory]
    [InlineData("one two\nthree", "one two", "\n")]
    [InlineData("one two three", "one ", "two t", "nothing")]
    [InlineData("one two three", "one two three", "nothing")]
    [InlineData("one twoo", "one twoo", "two three")]
    [InlineData("a<b<c<|stop|>d", "a<b<c", "<|stop|>")]
    [InlineData("one two three", "on", "two", "e t", "e")]
    [InlineData("aaab", "a", "aab")]
    public void TheText_EndsBeforeTheFirstStopString(string text, string expected, params string[] stop)
    {
        // One byte at a time, and all sizes of tokens that the vocabulary has.
        foreach (int[] ids in (int[][])[[.. text.SelectMany(c => Tokenizer.Encode(c.ToString()))], Tokenizer.Encode(text)])
        {
            var stream = new TextStream(Tokenizer, stop);
            string result = string.Concat(ids.Select(stream.Append)) + stream.Finish();
            Assert.Equal(expected, result);
            Assert.Equal(expected != text, stream.Stopped);
        }
    }

    [Fact]
    public void WhatMayBeAStopString_IsHeldBack()
    {
        var stream = new TextStream(Tokenizer, ["###"]);
        Assert.Equal("a", string.Concat(Tokenizer.Encode("a##").Select(stream.Append)));
        Assert.Equal("##b", string.Concat(Tokenizer.Encode("b").Select(stream.Append)));
    }

    [Fact]
    public void AnEmptyStopString_IsRefused() => Assert.Throws<ArgumentException>(() => new TextStream(Tokenizer, ["x", ""]));
}
