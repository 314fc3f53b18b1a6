using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace Rlhf.WebConsole.Versions;

/// <summary>A text of an SVG, whose element has a meaning of its own in Razor's files.</summary>
public sealed class SvgText : ComponentBase
{
    /// <summary>The middle of the text.</summary>
    [Parameter]
    public int X { get; set; }

    /// <summary>The text's base line.</summary>
    [Parameter]
    public int Y { get; set; }

    /// <summary>What it says.</summary>
    [Parameter]
    public string Value { get; set; } = "";

    /// <inheritdoc/>
    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenElement(0, "text");
        builder.AddAttribute(1, "x", X.ToString(CultureInfo.InvariantCulture));
        builder.AddAttribute(2, "y", Y.ToString(CultureInfo.InvariantCulture));
        builder.AddAttribute(3, "text-anchor", "middle");
        builder.AddAttribute(4, "font-size", "12");
        builder.AddAttribute(5, "fill", "currentColor");
        builder.AddContent(6, Value);
        builder.CloseElement();
    }
}
