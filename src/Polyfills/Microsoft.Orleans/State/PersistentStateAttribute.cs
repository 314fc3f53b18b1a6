namespace Orleans
{
    /// <summary>Marks an attribute by which the runtime supplies a grain's constructor argument.</summary>
    public interface IFacetMetadata;
}

namespace Orleans.Runtime
{
    public interface IPersistentStateConfiguration
    {
        string StateName { get; }

        string? StorageName { get; }
    }

    /// <summary>Makes a constructor parameter of type <see cref="IPersistentState{TState}"/> the grain's stored state.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public class PersistentStateAttribute(string stateName, string? storageName = null) : Attribute, IFacetMetadata, IPersistentStateConfiguration
    {
        public string StateName { get; } = stateName;

        public string? StorageName { get; } = storageName;
    }
}
