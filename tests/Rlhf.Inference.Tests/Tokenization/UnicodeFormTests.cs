using System.Globalization;
using System.Text;

namespace Rlhf.Inference.Tests;

public sealed class UnicodeFormTests
{
    private static readonly UnicodeForm FormC = new(NormalizationForm.FormC);

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
    public void FormC_IsTheStandards(string text, string composed)
    {
        Assert.Equal(composed, FormC.Apply(text));
        Assert.Equal(composed, FormC.Apply(composed));
    }

    [Theory]
    [InlineData(NormalizationForm.FormC, "é ﬁ Å ²")]
    [InlineData(NormalizationForm.FormD, "e\u0301 ﬁ A\u030A ²")]
    [InlineData(NormalizationForm.FormKC, "é fi Å 2")]
    [InlineData(NormalizationForm.FormKD, "e\u0301 fi A\u030A 2")]
    public void EachForm_IsTheStandards(NormalizationForm form, string expected) => Assert.Equal(expected, new UnicodeForm(form).Apply("é ﬁ \u212B ²"));

    // .NET refuses to normalise these, but a user may send them.
    [Theory]
    [InlineData("e\u0301\uFFFEe\u0301\uFFFE", "é\uFFFEé\uFFFE")]
    [InlineData("e\u0301\uFFFF", "é\uFFFF")]
    [InlineData("😀e\u0301", "😀é")]
    public void WhatIsNoText_IsNotRefused(string text, string expected) => Assert.Equal(expected, FormC.Apply(text));

    // No attribute can hold half of a pair: it is stored as UTF-8.
    [Fact]
    public void HalfAPair_IsReplaced_AndNotRefused()
    {
        Assert.Equal("\uFFFDé", FormC.Apply("\uD800e\u0301"));
        Assert.Equal("é\uFFFD", FormC.Apply("e\u0301\uDC00"));
    }

    [Fact]
    public void EveryCharacter_KeepsItsForm_OnceComposed()
    {
        for (int point = 0; point <= 0x10FFFF; point++)
        {
            if (!Rune.IsValid(point))
                continue;
            string composed = FormC.Apply(new Rune(point).ToString());
            Assert.Equal(composed, FormC.Apply(composed));
        }
    }

    [Fact]
    public void TheMachinesLanguage_IsNotTheProgramsLanguage()
    {
        Assert.Equal(CultureInfo.InvariantCulture, CultureInfo.CurrentCulture);
        Assert.Equal(CultureInfo.InvariantCulture, CultureInfo.CurrentUICulture);
    }
}
