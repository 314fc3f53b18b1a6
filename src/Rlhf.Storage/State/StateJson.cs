using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Serialization;
using Orleans.Storage;

namespace Rlhf.Storage;

/// <summary>
/// The stored form of grain state, in every store: JSON that an operator can read. A property that a newer program has
/// added has its default value in what was stored before, and one that it no longer has is passed over.
/// </summary>
internal static class StateJson
{
    public static IGrainStorageSerializer Serializer { get; } = new SystemTextJsonGrainStorageSerializer(Options.Create(Format()));

    /// <summary>What a grain has that was never written.</summary>
    public static void Reset<T>(IGrainState<T> grainState)
    {
        grainState.State = Activator.CreateInstance<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    public static StorageException Unreadable<T>(string grain, string stateName, JsonException error) =>
        new($"The state '{stateName}' of grain {grain} can't be read as {typeof(T).Name}: {error.Message}", error);

    public static InconsistentStateException Conflict(string verb, string grain, string stateName, string? expected, string? stored) =>
        new($"{Changed(verb, grain, stateName)} Expected ETag {expected ?? "(none)"}, found {stored ?? "(none)"}.", stored!, expected!);

    public static InconsistentStateException Conflict(string verb, string grain, string stateName, string? expected, InconsistentStateException error) =>
        new($"{Changed(verb, grain, stateName)} Expected ETag {expected ?? "(none)"}.", error.StoredEtag, expected!, error);

    private static string Changed(string verb, string grain, string stateName) =>
        $"The state '{stateName}' of grain {grain} can't be {verb}: another activation has changed it.";

    private static SystemTextJsonGrainStorageSerializerOptions Format()
    {
        var format = new SystemTextJsonGrainStorageSerializerOptions();
        format.JsonSerializerOptions.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        format.JsonSerializerOptions.NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals;
        format.JsonSerializerOptions.Converters.Add(new JsonStringEnumConverter());
        return format;
    }
}
