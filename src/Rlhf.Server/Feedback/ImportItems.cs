using System.Text.Json;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Server.Errors;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Feedback;

/// <summary>An item that was left out of an import.</summary>
/// <param name="Index">Its place in the list, counted from 0.</param>
/// <param name="Error">What was wrong with it.</param>
internal sealed record RejectedItem(int Index, string Error);

/// <summary>The thumbs of an import, the good ones and the bad ones.</summary>
internal sealed record ImportItems(IReadOnlyList<ImportedThumb> Good, IReadOnlyList<RejectedItem> Rejected)
{
    private const string UnnamedRater = "import";

    /// <summary>Reads a body's items; a bad one is reported and the rest goes in.</summary>
    public static ImportItems Read(RequestFields body)
    {
        var good = new List<ImportedThumb>();
        var rejected = new List<RejectedItem>();
        var items = body.List("items", RequestLimits.ImportItems);
        if (items.Length == 0)
        {
            throw Refuse.Invalid($"'items' is missing or empty; it must be a list of 1 to {RequestLimits.ImportItems} thumbs.", "items");
        }

        for (var index = 0; index < items.Length; index++)
        {
            try
            {
                good.Add(ReadOne(items[index], $"items[{index}]"));
            }
            catch (RefusedException error)
            {
                rejected.Add(new RejectedItem(index, error.Message));
            }
        }

        return new ImportItems(good, rejected);
    }

    private static ImportedThumb ReadOne(JsonElement element, string path)
    {
        var item = RequestFields.Of(element, path);
        var id = item.RequiredText("id", RequestLimits.Name);
        return new ImportedThumb(
            id,
            item.Text("group", RequestLimits.Name) ?? id,
            Messages.ReadAny(item, "messages"),
            item.RequiredText("completion", RequestLimits.Text),
            item.OneOf("thumbs", "up", "down") == "up",
            item.Text("rater", RequestLimits.Name) is { Length: > 0 } rater ? rater : UnnamedRater);
    }
}
