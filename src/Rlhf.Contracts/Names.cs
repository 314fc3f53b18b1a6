using System.Text.RegularExpressions;

namespace Rlhf.Contracts;

/// <summary>What names a rater, a user, a group or an event that came from elsewhere: one rule at every door, since a name becomes a grain's key.</summary>
public static partial class Names
{
    /// <summary>The most characters of a name.</summary>
    public const int Longest = 128;

    /// <summary>The form of a name, as a regular expression. Its length is apart from that. Of "." and ".." no path can speak: clients and proxies take them away.</summary>
    public const string Pattern = @"^(?!\.{1,2}$)(?!\s)[^\p{Cc}\p{Zl}\p{Zp}]+(?<!\s)$";

    /// <summary>What is right, in words.</summary>
    public const string Rule = "1 to 128 characters, none of them a control character or a line break, no space at either end, and not '.' or '..'";

    /// <summary>Whether a text can be a name.</summary>
    public static bool AreGood(string? name) => name is { Length: > 0 and <= Longest } && Form().IsMatch(name) && !name.EndsWith('\n');

    [GeneratedRegex(Pattern)]
    private static partial Regex Form();
}
