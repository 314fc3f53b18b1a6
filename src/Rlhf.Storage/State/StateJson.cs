using System.Runtime.CompilerServices;
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
    private static readonly ConditionalWeakTable<object, JsonException> SetAside = [];

    public static IGrainStorageSerializer Serializer { get; } = new StateSerializer(new SystemTextJsonGrainStorageSerializer(Options.Create(Format())));

    /// <summary>What a grain has that was never written.</summary>
    public static void Reset<T>(IGrainState<T> grainState)
    {
        grainState.State = Activator.CreateInstance<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    /// <summary>What a state's grain can't begin with.</summary>
    public static StorageDamagedException Unreadable(string grain, string stateName, JsonException error)
    {
        var reason = error.Message.Split(" Path: ")[0].TrimEnd('.'); // without the program's types
        return new StorageDamagedException($"The state '{stateName}' of grain {grain} can't be read: {reason}. Restore it from a backup.", error);
    }

    /// <summary>Tells of a state that begins anew because what was stored can't be read.</summary>
    public static void ReportSetAside<T>(IGrainState<T> grainState, string grain, string stateName, StorageDamage damage)
    {
        if (grainState.State is { } state && SetAside.TryGetValue(state, out var error))
        {
            var what = Unreadable(grain, stateName, error).Message;
            damage.Report(what);
            if (state is IDamageableState damageable)
            {
                damageable.Damage = what;
            }
        }
    }

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

    private sealed class StateSerializer(IGrainStorageSerializer json) : IGrainStorageSerializer
    {
        public BinaryData Serialize<T>(T? input) => json.Serialize(input);

        public T Deserialize<T>(BinaryData input)
        {
            try
            {
                return json.Deserialize<T>(input) ?? throw new JsonException("null is no state.");
            }
            catch (JsonException error) when (typeof(T).IsAssignableTo(typeof(IExpendableState)))
            {
                var fresh = Activator.CreateInstance<T>();
                SetAside.Add(fresh!, error);
                return fresh;
            }
        }
    }
}
