using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Rlhf.Contracts;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Users;

/// <summary>The name of a user in a path.</summary>
internal static class UserName
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The name as it was sent: a route value leaves <c>%2F</c> as it is and decodes <c>%25</c>, so that two names would look the same.</summary>
    /// <exception cref="RefusedException">It is no name.</exception>
    public static string Of(HttpContext http)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var path = target.AsSpan(0, target.IndexOf('?') is >= 0 and var query ? query : target.Length).TrimEnd('/');
        return Require(Decoded(path[(path.LastIndexOf('/') + 1)..]));
    }

    /// <summary>The text of percent-encoded UTF-8; null where it is none, for <c>%ff</c> must not be taken for what <c>%25ff</c> says.</summary>
    private static string? Decoded(ReadOnlySpan<char> encoded)
    {
        try
        {
            var bytes = new List<byte>(encoded.Length);
            for (var i = 0; i < encoded.Length; i++)
            {
                bytes.Add(encoded[i] == '%' ? byte.Parse(encoded.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : checked((byte)encoded[i]));
                i += encoded[i] == '%' ? 2 : 0;
            }

            return Utf8.GetString([.. bytes]);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>Insists on a name.</summary>
    public static string Require(string? user) => Names.AreGood(user) ? user! : throw Refuse.Invalid($"'user' must be {Names.Rule}; in a path it is percent-encoded UTF-8.", "user");
}
