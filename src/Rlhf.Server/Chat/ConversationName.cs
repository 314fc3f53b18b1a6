using System.Text.RegularExpressions;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Chat;

/// <summary>What a conversation may be called. No grain is woken for a name that no conversation has.</summary>
internal static partial class ConversationName
{
    public const string Pattern = @"^(?!\.{1,2}$)[A-Za-z0-9._:-]+$";

    /// <summary>What is right, in words.</summary>
    public const string Rule = "1 to 128 letters, digits, '.', '_', ':' or '-', and not '.' or '..'";

    public static bool IsGood(string name) => name.Length <= RequestLimits.Name && !name.EndsWith('\n') && Form().IsMatch(name);

    [GeneratedRegex(Pattern)]
    private static partial Regex Form();
}
