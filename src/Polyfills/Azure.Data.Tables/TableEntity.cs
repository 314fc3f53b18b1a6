using System.Collections;
using Azure.Data.Tables.Protocol;

namespace Azure.Data.Tables;

/// <summary>An entity as a dictionary of its properties, the keys among them.</summary>
public sealed class TableEntity : ITableEntity, IDictionary<string, object>
{
    private readonly Dictionary<string, object> properties;

    /// <summary>An entity without keys.</summary>
    public TableEntity()
    {
        properties = [];
    }

    /// <summary>An entity with keys.</summary>
    public TableEntity(string partitionKey, string rowKey)
        : this()
    {
        PartitionKey = partitionKey;
        RowKey = rowKey;
    }

    /// <summary>An entity with these properties.</summary>
    public TableEntity(IDictionary<string, object> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        properties = new Dictionary<string, object>(values);
    }

    /// <inheritdoc/>
    public string PartitionKey
    {
        get => GetString(Names.PartitionKey);
        set => properties[Names.PartitionKey] = value;
    }

    /// <inheritdoc/>
    public string RowKey
    {
        get => GetString(Names.RowKey);
        set => properties[Names.RowKey] = value;
    }

    /// <inheritdoc/>
    public DateTimeOffset? Timestamp
    {
        get => Of<DateTimeOffset?>(Names.Timestamp);
        set => properties[Names.Timestamp] = value;
    }

    /// <inheritdoc/>
    public ETag ETag
    {
        get => properties.TryGetValue(Names.ETag, out var etag) && etag is string text ? new ETag(text) : default;
        set => properties[Names.ETag] = value.ToString();
    }

    /// <summary>How many properties there are.</summary>
    public int Count => properties.Count;

    /// <summary>The properties' names.</summary>
    public ICollection<string> Keys => properties.Keys;

    ICollection<object> IDictionary<string, object>.Values => properties.Values;

    bool ICollection<KeyValuePair<string, object>>.IsReadOnly => false;

    /// <summary>A property's value; null when there is none of that name.</summary>
    public object this[string key]
    {
        get => properties.GetValueOrDefault(key);
        set => properties[key] = value;
    }

    /// <summary>A property that holds text.</summary>
    public string GetString(string key) => Of<string>(key);

    /// <summary>A property that holds bytes.</summary>
    public byte[] GetBinary(string key) => Of<byte[]>(key);

    /// <summary>A property that holds a whole number of 64 bits.</summary>
    public long? GetInt64(string key) => Of<long?>(key);

    /// <summary>A property that holds a whole number of 32 bits.</summary>
    public int? GetInt32(string key) => Of<int?>(key);

    /// <summary>A property that holds a number.</summary>
    public double? GetDouble(string key) => Of<double?>(key);

    /// <summary>A property that holds true or false.</summary>
    public bool? GetBoolean(string key) => Of<bool?>(key);

    /// <summary>A property that holds a time.</summary>
    public DateTimeOffset? GetDateTimeOffset(string key) => Of<DateTimeOffset?>(key);

    /// <summary>A property that holds a GUID.</summary>
    public Guid? GetGuid(string key) => Of<Guid?>(key);

    /// <summary>Adds a property.</summary>
    public void Add(string key, object value) => properties.Add(key, value);

    /// <summary>Whether there is a property of that name.</summary>
    public bool ContainsKey(string key) => properties.ContainsKey(key);

    /// <summary>Removes a property.</summary>
    public bool Remove(string key) => properties.Remove(key);

    /// <summary>A property's value, if there is one of that name.</summary>
    public bool TryGetValue(string key, out object value) => properties.TryGetValue(key, out value);

    /// <summary>Removes all properties.</summary>
    public void Clear() => properties.Clear();

    void ICollection<KeyValuePair<string, object>>.Add(KeyValuePair<string, object> item) => properties.Add(item.Key, item.Value);

    bool ICollection<KeyValuePair<string, object>>.Contains(KeyValuePair<string, object> item) => properties.Contains(item);

    void ICollection<KeyValuePair<string, object>>.CopyTo(KeyValuePair<string, object>[] array, int arrayIndex) =>
        ((ICollection<KeyValuePair<string, object>>)properties).CopyTo(array, arrayIndex);

    bool ICollection<KeyValuePair<string, object>>.Remove(KeyValuePair<string, object> item) =>
        ((ICollection<KeyValuePair<string, object>>)properties).Remove(item);

    IEnumerator<KeyValuePair<string, object>> IEnumerable<KeyValuePair<string, object>>.GetEnumerator() => properties.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => properties.GetEnumerator();

    private T Of<T>(string key) => properties.GetValueOrDefault(key) switch
    {
        null => default,
        T value => value,
        var other => throw new InvalidOperationException(
            $"The property '{key}' can't be read as {Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T)}: it is a {other.GetType()}."),
    };
}
