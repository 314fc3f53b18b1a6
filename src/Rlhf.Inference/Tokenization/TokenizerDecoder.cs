using System.Text.Json;

namespace Rlhf.Inference;

/// <summary>
/// Reads <c>decoder</c> in a tokenizer.json. How entries become text follows from the kind of vocabulary; what a file may decide is
/// whether the text's first blank goes.
/// </summary>
internal static class TokenizerDecoder
{
    /// <summary>Whether the first blank goes.</summary>
    /// <exception cref="InvalidDataException">The decoder is none of the supported ones.</exception>
    public static bool DropsLeadingBlank(JsonFields file, bool byteLevel)
    {
        if (!file.Has("decoder"))
            return false;
        JsonFields decoder = file.Object("decoder");
        string type = decoder.String("type");
        if (byteLevel)
        {
            decoder.Expect("type", "ByteLevel");
            return false;
        }

        if (type == "Metaspace")
        {
            decoder.Expect("replacement", Metaspace.Blank.ToString());
            return decoder.OptionalString("prepend_scheme") is { } scheme ? scheme != "never" : decoder.OptionalBool("add_prefix_space") ?? true;
        }

        if (type != "Sequence" || decoder.Required("decoders") is not { ValueKind: JsonValueKind.Array } list)
            throw new InvalidDataException($"{decoder.Source}: the type '{type}' is not supported; supported are Metaspace, and a Sequence of Replace, ByteFallback, Fuse, Strip and Metaspace.");
        bool drops = false;
        foreach (JsonElement element in list.EnumerateArray())
        {
            JsonFields step = JsonFields.Of(element, decoder.Source);
            switch (step.String("type"))
            {
                case "ByteFallback" or "Fuse":
                    break;
                case "Replace":
                    step.Object("pattern").Expect("String", Metaspace.Blank.ToString());
                    step.Expect("content", " ");
                    break;
                case "Strip":
                    step.Expect("content", " ");
                    step.Expect("stop", "0");
                    drops = step.Int("start") switch { 0 => drops, 1 => true, _ => throw step.Wrong("start", "0 or 1") };
                    break;
                case "Metaspace":
                    drops = (step.OptionalString("prepend_scheme") ?? "always") != "never";
                    break;
                case var other:
                    throw new InvalidDataException($"{step.Source}: the type '{other}' is not supported; supported are Replace, ByteFallback, Fuse, Strip and Metaspace.");
            }
        }

        return drops;
    }
}
