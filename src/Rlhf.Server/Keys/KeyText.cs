using System.Security.Cryptography;
using System.Text;

namespace Rlhf.Server.Keys;

/// <summary>Keys as their owners hold them: <c>rlhf_k7m2q9xa_</c> and 43 random letters and digits, which are 256 bits. The
/// part up to the second underscore is public, and names the key.</summary>
internal static class KeyText
{
    private const string Start = "rlhf_";
    private const string IdAlphabet = "abcdefghijkmnpqrstuvwxyz23456789"; // nothing that looks like something else
    private const string SecretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const int IdLength = 8;
    private const int SecretLength = 43;

    /// <summary>Draws a key.</summary>
    public static (string Id, string Key) Draw()
    {
        var id = Start + RandomNumberGenerator.GetString(IdAlphabet, IdLength);
        return (id, $"{id}_{RandomNumberGenerator.GetString(SecretAlphabet, SecretLength)}");
    }

    /// <summary>What is known of a key: its SHA-256 in lower-case hex digits.</summary>
    public static string HashOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>The id in what an operator has at hand: the id, or a whole key that got into wrong hands.</summary>
    public static string IdIn(string given) => given.Split('_') is [_, var id, ..] ? Start + id : Start + given;
}
