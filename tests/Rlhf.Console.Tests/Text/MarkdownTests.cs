using Rlhf.WebConsole.Text;

namespace Rlhf.WebConsole.Tests.Text;

public sealed class MarkdownTests
{
    [Theory]
    [InlineData("**bold** and `code`", "<p><strong>bold</strong> and <code>code</code></p>")]
    [InlineData("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>")]
    [InlineData("<div onclick=x>", "<p>&lt;div onclick=x&gt;</p>")]
    [InlineData("[a](https://a.example/?q=1)", "<p><a href=\"https://a.example/?q=1\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">a</a></p>")]
    public void Html_is_text_and_links_lead_out(string text, string html) => Assert.Equal(html, Markdown.ToHtml(text).Value.Trim());

    [Theory]
    [InlineData("[a](javascript:alert(1))")]
    [InlineData("[a](JaVaScRiPt:alert(1))")]
    [InlineData("[a](data:text/html,x)")]
    [InlineData("[a](vbscript:x)")]
    [InlineData("[a](/v1/versions/base/promote)")]
    [InlineData("<javascript:alert(1)>")]
    [InlineData("![a](https://evil.example/pixel.png)")]
    [InlineData("[a][b]\n\n[b]: javascript:alert(1)")]
    public void Nothing_is_loaded_or_run(string text)
    {
        var html = Markdown.ToHtml(text).Value;
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch("(?i)href=\"(javascript|data|vbscript|/)", html);
    }

    [Fact]
    public void A_text_that_is_nested_beyond_reason_is_shown_nevertheless() => Assert.Contains("deep", Markdown.ToHtml(new string('>', 5000) + " deep").Value);
}
