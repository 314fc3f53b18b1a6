using Markdig;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Microsoft.AspNetCore.Components;

namespace Rlhf.WebConsole.Text;

/// <summary>Markdown that somebody else wrote, as HTML that is harmless: HTML in it is text, links lead to the web or to mail, and pictures are links.</summary>
internal static class Markdown
{
    /// <summary>Longer texts are shown as they are: parsing them would hold the page up.</summary>
    public const int Longest = 50_000;

    private static readonly string[] Schemes = ["http", "https", "mailto"];
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().DisableHtml().UsePipeTables().UseEmphasisExtras().Build();

    /// <summary>Whether a text is rendered.</summary>
    public static bool Takes(string text) => text.Length <= Longest;

    /// <summary>Renders a text.</summary>
    public static MarkupString ToHtml(string text)
    {
        try
        {
            var document = Markdig.Markdown.Parse(text, Pipeline);
            foreach (var link in document.Descendants<LinkInline>())
            {
                link.IsImage = false;
                link.Url = Allowed(link.Url);
                Mark(link);
            }

            foreach (var link in document.Descendants<AutolinkInline>().Where(link => !link.IsEmail))
            {
                link.Url = Allowed(link.Url);
                Mark(link);
            }

            return new MarkupString(document.ToHtml(Pipeline));
        }
        catch (ArgumentException) // nested deeper than the parser goes
        {
            return new MarkupString($"<p>{System.Net.WebUtility.HtmlEncode(text)}</p>");
        }
    }

    private static string Allowed(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && Schemes.Contains(uri.Scheme) ? uri.AbsoluteUri : "";

    private static void Mark(MarkdownObject link)
    {
        var attributes = link.GetAttributes();
        attributes.AddPropertyIfNotExist("rel", "noopener noreferrer nofollow");
        attributes.AddPropertyIfNotExist("target", "_blank");
    }
}
