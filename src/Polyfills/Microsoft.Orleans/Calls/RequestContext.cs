using System.Collections.Immutable;

namespace Orleans.Runtime;

/// <summary>Values that travel with a chain of grain calls. Supplied by the caller, so no proof of anything.</summary>
public static class RequestContext
{
    private const string ReentrancyKey = "#CCR";

    private static readonly AsyncLocal<ImmutableDictionary<string, object>?> s_values = new();

    public static IEnumerable<string> Keys => Values?.Keys ?? [];

    public static IEnumerable<KeyValuePair<string, object>> Entries => Values ?? [];

    public static Guid ReentrancyId
    {
        get => ReentrancyIdOf(Values);
        set
        {
            if (value == Guid.Empty)
            {
                Remove(ReentrancyKey);
            }
            else
            {
                Set(ReentrancyKey, value);
            }
        }
    }

    /// <summary>What a call takes along, and what it finds at its target.</summary>
    internal static ImmutableDictionary<string, object>? Values
    {
        get => s_values.Value;
        set
        {
            // Writing an AsyncLocal copies the execution context, so the common case of none is left alone.
            if (!ReferenceEquals(s_values.Value, value))
            {
                s_values.Value = value;
            }
        }
    }

    internal static Guid ReentrancyIdOf(ImmutableDictionary<string, object>? values) =>
        values is not null && values.TryGetValue(ReentrancyKey, out var id) ? (Guid)id : Guid.Empty;

    public static object? Get(string key) => Values is { } values && values.TryGetValue(key, out var value) ? value : null;

    public static void Set(string key, object value) => Values = (Values ?? ImmutableDictionary<string, object>.Empty).SetItem(key, value);

    public static bool Remove(string key)
    {
        if (Values is not { } values || !values.ContainsKey(key))
        {
            return false;
        }

        Values = values.Count == 1 ? null : values.Remove(key);
        return true;
    }

    public static void Clear() => Values = null;

    /// <summary>Lets calls that this chain makes come back into this grain while it waits for them.</summary>
    public static ReentrancySection AllowCallChainReentrancy() =>
        new(ReentrancyId, ReentrancyId == Guid.Empty ? Guid.NewGuid() : ReentrancyId);

    public static ReentrancySection SuppressCallChainReentrancy() => new(ReentrancyId, Guid.Empty);

    public readonly struct ReentrancySection : IDisposable
    {
        private readonly Guid _original;
        private readonly Guid _current;

        public ReentrancySection(Guid originalReentrancyId, Guid newReentrancyId)
        {
            _original = originalReentrancyId;
            _current = newReentrancyId;
            ReentrancyId = newReentrancyId;
            if (newReentrancyId != Guid.Empty)
            {
                RuntimeContext.CurrentActivation?.EnterReentrantSection(newReentrancyId);
            }
        }

        public void Dispose()
        {
            if (_current != Guid.Empty)
            {
                RuntimeContext.CurrentActivation?.LeaveReentrantSection(_current);
            }

            ReentrancyId = _original;
        }
    }
}
