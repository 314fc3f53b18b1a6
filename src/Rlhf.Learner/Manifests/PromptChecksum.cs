using System.Security.Cryptography;
using System.Text.Json;
using Rlhf.Inference;

namespace Rlhf.Learner.Manifests;

/// <summary>What a prompt is recognised by when it is read again.</summary>
public static class PromptChecksum
{
    /// <summary>The SHA-256 of messages, in lower-case hexadecimal: of a JSON list of the role, content, calls and call id of each, one after the other.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="reply">A reply to them, where it belongs to what is recognised.</param>
    public static string Of(IEnumerable<DialogueMessage> messages, string? reply = null)
    {
        var parts = messages.SelectMany(message => (string?[])[message.Role, message.Content, message.ToolCalls, message.ToolCallId]);
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(reply is null ? parts : parts.Append(reply))));
    }
}
