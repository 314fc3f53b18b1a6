using System.Text.Json;

namespace Rlhf.Storage;

/// <summary>Why a stored row can't be read; null where it can.</summary>
internal static class RowCheck
{
    public static string? Turn(byte[]? content, string conversation, int number)
    {
        try
        {
            TurnPlace.Read(conversation, number, content);
            return null;
        }
        catch (StorageDamagedException error)
        {
            return error.Message;
        }
    }

    /// <summary>Whether it is an object of JSON: what its grain makes of it, only its grain knows.</summary>
    public static string? State(byte[] content, string grain, string stateName)
    {
        try
        {
            using var json = JsonDocument.Parse(content);
            return json.RootElement.ValueKind == JsonValueKind.Object ? null : StateJson.Unreadable(grain, stateName, new JsonException($"a {json.RootElement.ValueKind} is no state")).Message;
        }
        catch (JsonException error)
        {
            return StateJson.Unreadable(grain, stateName, error).Message;
        }
    }
}
