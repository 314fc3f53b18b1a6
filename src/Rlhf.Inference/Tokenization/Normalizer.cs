using System.Text;
using System.Text.Json;

namespace Rlhf.Inference;

/// <summary>Changes text before it is cut into pieces; <c>normalizer</c> in a tokenizer.json.</summary>
internal abstract record Normalizer
{
    /// <summary>The changed text.</summary>
    public abstract string Apply(string text);

    /// <summary>Reads the value of <paramref name="name"/>; no change where it is absent.</summary>
    /// <exception cref="InvalidDataException">The type, or a setting of it, is not supported.</exception>
    public static Normalizer Parse(JsonFields file, string name) => file.Has(name) ? Parse(file.Object(name)) : new Chain([]);

    private static Normalizer Parse(JsonFields fields)
    {
        switch (fields.String("type"))
        {
            case "NFC":
                return Form(fields, NormalizationForm.FormC);
            case "NFD":
                return Form(fields, NormalizationForm.FormD);
            case "NFKC":
                return Form(fields, NormalizationForm.FormKC);
            case "NFKD":
                return Form(fields, NormalizationForm.FormKD);
            case "Prepend":
                return new Prepend(fields.String("prepend"));
            case "Replace":
                string pattern = fields.Object("pattern").OptionalString("String")
                    ?? throw new InvalidDataException($"{fields.Source}: Replace has the pattern {fields.Required("pattern").GetRawText()}; supported is a String.");
                return pattern.Length > 0 ? new Replace(pattern, fields.String("content")) : throw fields.Wrong("pattern", "a text that is not empty");
            case "Sequence":
                JsonElement list = fields.Required("normalizers");
                if (list.ValueKind != JsonValueKind.Array)
                    throw fields.Wrong("normalizers", "a list");
                return new Chain([.. list.EnumerateArray().Select(element => Parse(JsonFields.Of(element, fields.Source)))]);
            case var type:
                throw new InvalidDataException($"{fields.Source}: the type '{type}' is not supported; supported are NFC, NFD, NFKC, NFKD, Prepend, Replace and Sequence.");
        }
    }

    private static UnicodeForm Form(JsonFields fields, NormalizationForm form) => UnicodeForm.Available ? new UnicodeForm(form)
        : throw new InvalidDataException($"{fields.Source}: the type '{fields.String("type")}' needs ICU, which the environment variable DOTNET_SYSTEM_GLOBALIZATION_INVARIANT switches off; unset it.");

    /// <summary>Several, one after the other; none changes nothing.</summary>
    public sealed record Chain(IReadOnlyList<Normalizer> Steps) : Normalizer
    {
        public override string Apply(string text) => Steps.Aggregate(text, (current, step) => step.Apply(current));
    }

    private sealed record Prepend(string Text) : Normalizer
    {
        public override string Apply(string text) => text.Length > 0 ? Text + text : text;
    }

    private sealed record Replace(string Pattern, string Content) : Normalizer
    {
        public override string Apply(string text) => text.Replace(Pattern, Content, StringComparison.Ordinal);
    }
}
