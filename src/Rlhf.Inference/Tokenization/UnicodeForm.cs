using System.Text;

namespace Rlhf.Inference;

/// <summary>One of Unicode's normalisation forms (UAX #15), by ICU.</summary>
internal sealed record UnicodeForm(NormalizationForm Form) : Normalizer
{
    // No character; .NET refuses it as a sign of swapped bytes. Nothing combines with it, so what lies on its sides is normalised on its own.
    private const char Refused = '\uFFFE';

    /// <summary>Whether there is ICU; without it .NET leaves a text as it is, and ids would silently be wrong.</summary>
    public static bool Available { get; } = "\u00E9".Normalize(NormalizationForm.FormD).Length > 1;

    public override string Apply(string text)
    {
        // A lone surrogate, which is no character either, becomes U+FFFD.
        string valid = text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) : text;
        return valid.Contains(Refused)
            ? string.Join(Refused, valid.Split(Refused).Select(part => part.Normalize(Form)))
            : valid.Normalize(Form);
    }
}
