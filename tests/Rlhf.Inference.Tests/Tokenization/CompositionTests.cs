using System.Text;

namespace Rlhf.Inference.Tests;

public sealed class CompositionTests
{
    // From the Unicode standard's annex 15, and its normalisation test's corner cases.
    [Theory]
    [InlineData("plain ASCII and café", "plain ASCII and café")]
    [InlineData("cafe\u0301", "café")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\u2126", "\u03A9")]
    [InlineData("\u1E0B\u0323", "\u1E0D\u0307")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C")]
    [InlineData("\uD558\u11AB", "\uD55C")]
    [InlineData("a\u0315\u0300\u05AE\u0300b", "à\u05AE\u0300\u0315b")]
    [InlineData("\u0061\u0328\u0301\u0300", "ą\u0301\u0300")]
    [InlineData("\uD834\uDD5E", "\uD834\uDD57\uD834\uDD65")]
    [InlineData("\u0301", "\u0301")]
    [InlineData("", "")]
    public void Compose_GivesFormC(string text, string composed)
    {
        Assert.Equal(composed, Composition.Compose(text));
        Assert.Equal(composed, Composition.Compose(composed));
    }

    [Fact]
    public void EveryCharacter_KeepsItsForm_OnceComposed()
    {
        for (int point = 0; point <= 0x10FFFF; point++)
        {
            if (!Rune.IsValid(point))
                continue;
            string composed = Composition.Compose(new Rune(point).ToString());
            Assert.Equal(composed, Composition.Compose(composed));
        }
    }
}
