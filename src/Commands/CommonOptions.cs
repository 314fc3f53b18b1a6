using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Rlhf.Commands;

/// <summary>Options of kinds that many commands have, which name a wrong value and say what would be right.</summary>
internal static class CommonOptions
{
    public static Option<FileInfo?> Json() => new("--json") { Description = "Writes the figures to this file.", HelpName = "FILE" };

    /// <summary>A number within bounds.</summary>
    public static Option<T> Number<T>(string name, string description, T value, T least, T most) where T : struct, INumber<T> => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => value,
        CustomParser = result => Parse(result, name, least, most) ?? value,
    };

    /// <summary>A number within bounds, or none.</summary>
    public static Option<T?> NumberOrNone<T>(string name, string description, T least, T most) where T : struct, INumber<T> => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => Parse(result, name, least, most),
    };

    /// <summary>Numbers within bounds, with commas between.</summary>
    public static ListOption<T> Numbers<T>(string name, string description, T[] values, T least, T most) where T : struct, INumber<T> =>
        List(name, description, string.Create(CultureInfo.InvariantCulture, $"numbers from {least} to {most} with commas between"), values, value => value.ToString() ?? "",
            word => T.TryParse(word, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? [number] : []);

    /// <summary>Some of the values, with commas between.</summary>
    public static ListOption<T> Several<T>(string name, string description, IReadOnlyList<T> values, Func<T, string> nameOf, IEnumerable<T>? chosen = null) =>
        List(name, description, $"some of {string.Join(", ", values.Select(nameOf))}, with commas between", [.. chosen ?? values], nameOf,
            word => [.. values.Where(value => nameOf(value) == word)]);

    /// <summary>One of the words.</summary>
    public static Option<string?> OneOf(string name, string description, string? chosen, params string[] words)
    {
        var option = new Option<string?>(name)
        {
            Description = description,
            HelpName = string.Join('|', words),
            CustomParser = result =>
            {
                var given = result.Tokens[0].Value;
                if (!words.Contains(given))
                {
                    result.AddError($"{name} is '{given}'; it must be {string.Join(" or ", words)}.");
                }

                return given;
            },
        };
        option.DefaultValueFactory = chosen is null ? null : _ => chosen;
        return option;
    }

    private static ListOption<T> List<T>(string name, string description, string right, T[] chosen, Func<T, string> nameOf, Func<string, T[]> read) => new(name, chosen)
    {
        Description = $"{description} [default: {string.Join(',', chosen.Select(nameOf))}]",
        HelpName = "LIST",
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result =>
        {
            var given = result.Tokens[0].Value;
            T[][] values = [.. given.Split(',', StringSplitOptions.TrimEntries).Select(read)];
            if (values.Any(value => value.Length == 0))
            {
                result.AddError($"{name} is '{given}'; it must be {right}.");
            }

            return [.. values.SelectMany(value => value)];
        },
    };

    private static T? Parse<T>(ArgumentResult result, string name, T least, T most) where T : struct, INumber<T>
    {
        var given = result.Tokens[0].Value;
        if (T.TryParse(given, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is '{given}'; it must be a number from {least} to {most}."));
        return null;
    }
}

/// <summary>An option of several values with commas between; its help shows the default as it would be typed.</summary>
internal sealed class ListOption<T>(string name, T[] chosen) : Option<T[]>(name)
{
    /// <summary>The values that were given, or the default.</summary>
    public T[] Of(ParseResult parsed) => parsed.GetValue(this) ?? chosen;
}
