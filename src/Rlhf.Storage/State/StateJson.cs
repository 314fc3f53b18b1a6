using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Rlhf.Storage;

/// <summary>The stored form of grain state: JSON that an operator can read.</summary>
internal static class StateJson
{
    private static readonly JsonSerializerOptions Json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    public static byte[] Of<T>(T state) => JsonSerializer.SerializeToUtf8Bytes(state, Json);

    public static T State<T>(byte[] content, string grain, string stateName)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(content, Json)!;
        }
        catch (JsonException e)
        {
            throw new StorageException(
                $"The state '{stateName}' of grain {grain} can't be read as {typeof(T).Name}: {e.Message}", e);
        }
    }

    /// <summary>What a grain has that was never written.</summary>
    public static void Reset<T>(IGrainState<T> grainState)
    {
        grainState.State = Activator.CreateInstance<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    public static InconsistentStateException Conflict(string verb, string grain, string stateName, string? expected, string? stored) => new(
        $"The state '{stateName}' of grain {grain} can't be {verb}: another activation has changed it. "
        + $"Expected ETag {expected ?? "(none)"}, found {stored ?? "(none)"}.",
        stored,
        expected);
}
