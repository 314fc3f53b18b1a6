using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rlhf.Cli.Simulation;

/// <summary>Reads a taste from JSON and names what is wrong with it.</summary>
internal static class TasteFile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>The tastes that ship with the project; the first is the default.</summary>
    public static IReadOnlyList<string> Shipped { get; } = ["courteous", "brisk"];

    /// <summary>Reads a shipped taste by its name, or any taste by its file.</summary>
    public static Taste Load(string? nameOrFile)
    {
        var wanted = nameOrFile ?? Shipped[0];
        var file = Shipped.Contains(wanted)
            ? Path.Combine(AppContext.BaseDirectory, "Simulation", "Tastes", wanted + ".json")
            : wanted;
        if (!File.Exists(file))
        {
            throw CommandException.Misuse($"There is no taste '{wanted}': name a JSON file, or one of {string.Join(", ", Shipped)}.");
        }

        return Parse(File.ReadAllText(file), file);
    }

    public static Taste Parse(string json, string file)
    {
        TasteJson? taste;
        try
        {
            taste = JsonSerializer.Deserialize<TasteJson>(json, Json);
        }
        catch (JsonException e)
        {
            throw CommandException.Misuse($"{file} is not a taste: {e.Message}");
        }

        if (taste is not { Features.Count: > 0 } and not { Length: not null })
        {
            throw CommandException.Misuse($"{file} has neither features nor a length: every reply would be worth 0.");
        }

        if (taste.Length is { BestWords: <= 0 } length)
        {
            throw CommandException.Misuse($"{file}: length.best_words is {length.BestWords}; it must be above 0.");
        }

        return new Taste(taste.Name, [.. (taste.Features ?? []).Select((f, i) => Feature(f, i, file))], taste.Length);
    }

    private static TasteFeature Feature(FeatureJson feature, int index, string file)
    {
        try
        {
            return TasteFeature.Of(feature.Pattern, feature.Weight);
        }
        catch (ArgumentException e)
        {
            throw CommandException.Misuse($"{file}: features[{index}].pattern is no regular expression. {e.Message}");
        }
    }

    private sealed record TasteJson(
        [property: JsonRequired] string Name,
        IReadOnlyList<FeatureJson>? Features,
        TasteLength? Length);

    private sealed record FeatureJson(
        [property: JsonRequired] string Pattern,
        [property: JsonRequired] double Weight);
}
