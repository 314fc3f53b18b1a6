using System.Text.Json;
using System.Text.RegularExpressions;

namespace Rlhf.Inference;

/// <summary>Cuts text into the pieces within which pairs are merged; <c>pre_tokenizer</c> in a tokenizer.json.</summary>
internal abstract class PreTokenizer
{
    private const string Supported = "ByteLevel, Split, Digits, Metaspace and Sequence";

    /// <summary>The text that is cut: some kinds mark blanks first.</summary>
    /// <param name="text">A stretch of text without added tokens.</param>
    /// <param name="first">Whether nothing comes before it.</param>
    public virtual string Prepare(string text, bool first) => text;

    /// <summary>Adds the end of each piece to <paramref name="ends"/>; the pieces cover the text.</summary>
    public abstract void Split(string text, List<int> ends);

    /// <summary>Reads the value of <c>pre_tokenizer</c>.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="byteLevel">Whether one of the kinds is ByteLevel: the vocabulary is then written in bytes.</param>
    /// <exception cref="InvalidDataException">A type, or a setting of it, is not supported.</exception>
    public static PreTokenizer Parse(JsonFields file, out bool byteLevel)
    {
        byteLevel = false;
        return file.Has("pre_tokenizer") ? Read(file.Object("pre_tokenizer"), ref byteLevel) : PieceSequence.Whole;
    }

    private static PreTokenizer Read(JsonFields fields, ref bool byteLevel)
    {
        switch (fields.String("type"))
        {
            case "ByteLevel":
                fields.Expect("add_prefix_space", "false");
                byteLevel = true;
                return fields.OptionalBool("use_regex") ?? true ? new EnglishWords() : PieceSequence.Whole;
            case "Split":
                fields.Expect("behavior", "Isolated");
                fields.Expect("invert", "false");
                return Split(fields);
            case "Digits":
                return new DigitPieces(fields.OptionalBool("individual_digits") ?? false);
            case "Metaspace":
                return Metaspace.Parse(fields);
            case "Sequence":
                JsonElement list = fields.Required("pretokenizers");
                if (list.ValueKind != JsonValueKind.Array)
                    throw fields.Wrong("pretokenizers", "a list");
                var parts = new List<PreTokenizer>();
                foreach (JsonElement element in list.EnumerateArray())
                {
                    if (byteLevel)
                        throw new InvalidDataException($"{fields.Source}: ByteLevel must be the last of a Sequence.");
                    parts.Add(Read(JsonFields.Of(element, fields.Source), ref byteLevel));
                    if (parts[^1] is Metaspace && list.GetArrayLength() > 1)
                        throw new InvalidDataException($"{fields.Source}: Metaspace is supported on its own, not with others in a Sequence.");
                }

                // What leaves a text whole would only copy every piece.
                parts.Remove(PieceSequence.Whole);
                return parts is [var only] ? only : new PieceSequence(parts);
            case var type:
                throw new InvalidDataException($"{fields.Source}: the type '{type}' is not supported; supported are {Supported}.");
        }
    }

    private static RegexPieces Split(JsonFields fields)
    {
        JsonFields pattern = fields.Object("pattern");
        string regex = pattern.OptionalString("Regex")
            ?? Regex.Escape(pattern.OptionalString("String")
                ?? throw new InvalidDataException($"{pattern.Source}: a Regex or a String is needed, not {pattern.Root.GetRawText()}."));
        try
        {
            return new RegexPieces(regex);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{pattern.Source}: the pattern is not understood: {e.Message}", e);
        }
    }
}
