using System.Text.Json;

namespace Rlhf.Inference;

/// <summary>Reads what a schema asks of a number.</summary>
internal sealed class SchemaNumbers(Grammar grammar)
{
    private const int MostPlaces = 9;
    private readonly JsonNumbers _numbers = new(grammar);

    /// <summary>The numbers that satisfy a schema.</summary>
    /// <exception cref="SchemaException">A keyword is wrong or not supported.</exception>
    public Node Read(JsonElement schema, string path, bool whole)
    {
        NumberBound? least = Tighter(Bound(schema, path, "minimum", strict: false), Bound(schema, path, "exclusiveMinimum", strict: true), sign: 1);
        NumberBound? most = Tighter(Bound(schema, path, "maximum", strict: false), Bound(schema, path, "exclusiveMaximum", strict: true), sign: -1);
        if (!schema.TryGetProperty("multipleOf", out JsonElement multiple))
            return whole ? _numbers.Integers(least, most, 1)! : least is null && most is null ? _numbers.Any() : _numbers.Decimals(least, most, fraction: null);
        decimal divisor = multiple.ValueKind == JsonValueKind.Number && multiple.TryGetDecimal(out decimal value) ? value : 0;
        int places = Enumerable.Range(1, MostPlaces).FirstOrDefault(places => divisor == 1 / (decimal)Math.Pow(10, places));
        Node? node = divisor > 0 && divisor == Math.Floor(divisor) ? _numbers.Integers(least, most, divisor)
            : places == 0 ? null
            : whole ? _numbers.Integers(least, most, 1)
            : _numbers.Decimals(least, most, places);
        return node ?? throw new SchemaException(
            SchemaKeywords.At(path, "multipleOf"), $"must be a whole number from 1 to 100, or one of 0.1, 0.01 and so on to {1 / (decimal)Math.Pow(10, MostPlaces)}, not {SchemaKeywords.Show(multiple)}.");
    }

    private static NumberBound? Bound(JsonElement schema, string path, string keyword, bool strict)
    {
        if (!schema.TryGetProperty(keyword, out JsonElement value))
            return null;
        if (value.ValueKind != JsonValueKind.Number)
            throw new SchemaException(SchemaKeywords.At(path, keyword), $"must be a number, not {SchemaKeywords.Show(value)}.");
        // Beyond what is written, a bound says as much as the largest number there is.
        return new NumberBound(value.TryGetDecimal(out decimal number) ? number : value.GetDouble() < 0 ? decimal.MinValue : decimal.MaxValue, strict);
    }

    private static NumberBound? Tighter(NumberBound? one, NumberBound? other, int sign)
    {
        if (one is not { } a || other is not { } b)
            return one ?? other;
        int order = sign * decimal.Compare(a.Value, b.Value);
        return order > 0 || (order == 0 && a.Strict) ? a : b;
    }
}
