using System.Security.Cryptography;
using Rlhf.Contracts;

namespace Rlhf.Storage;

/// <summary>What an event is recognised by when it is read again.</summary>
public static class EventChecksum
{
    /// <summary>The SHA-256 of an event in its stored form, in lower-case hexadecimal. Fields that are null are no part of it, so that it stays the same when
    /// events get further fields.</summary>
    public static string Of(FeedbackEvent feedback) => Convert.ToHexStringLower(SHA256.HashData(Content.Of(feedback)));
}
