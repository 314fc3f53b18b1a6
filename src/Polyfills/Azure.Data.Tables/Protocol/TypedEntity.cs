using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Serialization;

namespace Azure.Data.Tables.Protocol;

/// <summary>
/// Classes as entities: every public property that can be read and written is a property of the entity, under its
/// own name or the one of its <see cref="DataMemberAttribute"/>.
/// </summary>
internal static class TypedEntity
{
    private static readonly ConcurrentDictionary<Type, (string Name, PropertyInfo Property)[]> Known = new();

    public static IEnumerable<KeyValuePair<string, object>> Read(ITableEntity entity) =>
        Of(entity.GetType())
            .Select(member => KeyValuePair.Create(member.Name, member.Property.GetValue(entity)))
            .Prepend(KeyValuePair.Create<string, object>(Names.RowKey, entity.RowKey))
            .Prepend(KeyValuePair.Create<string, object>(Names.PartitionKey, entity.PartitionKey));

    public static T Create<T>(TableEntity values)
        where T : class, ITableEntity
    {
        var entity = Activator.CreateInstance<T>();
        entity.PartitionKey = values.PartitionKey;
        entity.RowKey = values.RowKey;
        entity.Timestamp = values.Timestamp;
        entity.ETag = values.ETag;
        foreach (var (name, property) in Of(typeof(T)))
        {
            if (values.TryGetValue(name, out var value) && value is not null)
            {
                property.SetValue(entity, Converted(value, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType));
            }
        }

        return entity;
    }

    private static (string Name, PropertyInfo Property)[] Of(Type type) =>
        Known.GetOrAdd(type, static owner =>
        [
            .. owner.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property => property.GetMethod is { IsPublic: true } && property.SetMethod is { IsPublic: true }
                    && property.GetIndexParameters().Length == 0
                    && property.GetCustomAttribute<IgnoreDataMemberAttribute>() is null
                    && property.Name is not (Names.PartitionKey or Names.RowKey or Names.Timestamp or nameof(ITableEntity.ETag)))
                .Select(property => (property.GetCustomAttribute<DataMemberAttribute>()?.Name ?? property.Name, property)),
        ]);

    private static object Converted(object value, Type type) => value switch
    {
        string word when type.IsEnum => Enum.Parse(type, word),
        DateTimeOffset time when type == typeof(DateTime) => time.UtcDateTime,
        byte[] bytes when type == typeof(BinaryData) => BinaryData.FromBytes(bytes),
        int whole when type == typeof(double) => (double)whole,
        int whole when type == typeof(long) => (long)whole,
        _ => value,
    };
}
