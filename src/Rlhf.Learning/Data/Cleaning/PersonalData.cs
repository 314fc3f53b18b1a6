using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Rlhf.Learning.Data.Cleaning;

/// <summary>Masks personal data that has a form: e-mail addresses, phone numbers, payment cards, IBANs, IPv4 addresses and US social security numbers.
/// Names and addresses have none, and stay.</summary>
/// <remarks>Every pattern starts at a boundary and is bounded in length, so that a text takes time in proportion to its length. Of cards and IBANs those are
/// masked whose check digits hold (ISO/IEC 7812's Luhn sum, ISO 7064's MOD 97-10). Phone numbers are those with an international prefix or in a national form
/// with separators; a bare row of digits may be an order's number and stays.</remarks>
public static partial class PersonalData
{
    private static readonly (string Kind, Regex Pattern, Func<string, bool> Holds)[] Kinds =
    [
        ("iban", Iban(), HasIbanCheck),
        ("card", Card(), HasLuhnSum),
        ("ssn", SocialSecurity(), _ => true),
        ("email", Email(), _ => true),
        ("ip", Ipv4(), _ => true),
        ("phone", Phone(), number => number.Count(char.IsDigit) is >= 7 and <= 15),
    ];

    /// <summary>Puts <c>[EMAIL]</c>, <c>[PHONE]</c>, <c>[CARD]</c>, <c>[IBAN]</c>, <c>[IP]</c> and <c>[SSN]</c> in the place of what has their form.</summary>
    /// <param name="text">The text.</param>
    /// <param name="masked">Told the kind of each that was masked.</param>
    public static string Mask(string text, Action<string>? masked = null)
    {
        foreach (var (kind, pattern, holds) in Kinds)
        {
            text = pattern.Replace(text, match =>
            {
                if (!holds(match.Value))
                    return match.Value;
                masked?.Invoke(kind);
                return $"[{kind.ToUpperInvariant()}]";
            });
        }

        return text;
    }

    private static bool HasLuhnSum(string number)
    {
        var (sum, place) = (0, 0);
        foreach (var digit in number.Reverse().Select(CharUnicodeInfo.GetDecimalDigitValue).Where(digit => digit >= 0))
        {
            var value = place++ % 2 == 0 ? digit : 2 * digit;
            sum += value > 9 ? value - 9 : value;
        }

        return place is >= 13 and <= 19 && sum % 10 == 0 && sum > 0;
    }

    private static bool HasIbanCheck(string iban)
    {
        var letters = new string([.. iban.Where(char.IsAsciiLetterOrDigit).Select(char.ToUpperInvariant)]);
        if (letters.Length is < 15 or > 34)
            return false;
        var remainder = 0;
        foreach (var letter in letters[4..] + letters[..4])
            remainder = char.IsAsciiDigit(letter) ? ((10 * remainder) + letter - '0') % 97 : ((100 * remainder) + letter - 'A' + 10) % 97;
        return remainder == 1;
    }

    [GeneratedRegex(@"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,3})?(?![A-Za-z0-9])")]
    private static partial Regex Iban();

    [GeneratedRegex(@"(?<![\d.,-])\d(?:[ -]?\d){12,18}(?![\d]|[.,-]\d)")]
    private static partial Regex Card();

    [GeneratedRegex(@"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")]
    private static partial Regex SocialSecurity();

    [GeneratedRegex(@"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}\w{2,24}(?!\w)")]
    private static partial Regex Email();

    [GeneratedRegex(@"(?<![\d.])(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?!\d|\.\d)")]
    private static partial Regex Ipv4();

    // +49 30 1234567, 0049-30-1234567, (650) 326-1430, 650-326-1430, 030/1234567
    [GeneratedRegex(@"(?<![\w+.,-])(?:(?:\+|00)\d{1,3}(?:[ ./-]{0,2}\(?\d{1,5}\)?){2,6}|\(\d{2,5}\)[ ]?\d{2,4}(?:[ .-]?\d{2,4}){1,3}|\d{3}([-. ])\d{3}\1\d{4}|0\d{2,4}[ /-]\d{3,4}(?:[ -]?\d{2,4}){0,3})(?![\d]|[.,-]\d)")]
    private static partial Regex Phone();
}
