using System.Text;
using System.Text.RegularExpressions;

namespace Rlhf.Inference.Tests;

/// <summary>Byte-level BPE as its definition reads, for comparison: GPT-2's regular expression, then the earliest rule, the leftmost place.</summary>
internal sealed class SlowBytePairs(IReadOnlyList<(string Left, string Right)> merges)
{
    private static readonly Regex Pieces = new(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+");

    /// <summary>Reads the rules of a tokenizer.json by itself.</summary>
    public static SlowBytePairs Of(Tokenizer tokenizer)
    {
        using var json = System.Text.Json.JsonDocument.Parse(tokenizer.ToJson());
        return new SlowBytePairs([.. json.RootElement.GetProperty("model").GetProperty("merges").EnumerateArray()
            .Select(rule => rule.GetString()!.Split(' ')).Select(sides => (sides[0], sides[1]))]);
    }

    public List<string> Encode(string text) => [.. Pieces.Matches(text).SelectMany(piece => Merge(piece.Value))];

    private List<string> Merge(string piece)
    {
        List<string> parts = [.. Encoding.UTF8.GetBytes(piece).Select(b => Letter(b).ToString())];
        foreach ((string left, string right) in merges)
        {
            for (int i = 0; i + 1 < parts.Count; i++)
            {
                if (parts[i] == left && parts[i + 1] == right)
                {
                    parts[i] = left + right;
                    parts.RemoveAt(i + 1);
                }
            }
        }

        return parts;
    }

    /// <summary>GPT-2's <c>bytes_to_unicode</c>.</summary>
    public static char Letter(byte value)
    {
        List<int> printable = [.. Enumerable.Range('!', '~' - '!' + 1), .. Enumerable.Range('¡', '¬' - '¡' + 1), .. Enumerable.Range('®', 'ÿ' - '®' + 1)];
        return printable.Contains(value) ? (char)value : (char)(256 + Enumerable.Range(0, value).Count(b => !printable.Contains(b)));
    }
}
