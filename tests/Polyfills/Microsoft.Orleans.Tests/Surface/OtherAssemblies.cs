namespace Orleans.Tests.Surface;

/// <summary>The polyfilled types of assemblies other than Orleans.Core.Abstractions, which not every feed has.</summary>
internal static class OtherAssemblies
{
    public static readonly Dictionary<string, string[]> Types = new()
    {
        ["Orleans.Core"] =
        [
            "Microsoft.Extensions.Hosting.OrleansClientGenericHostExtensions",
            "Orleans.CollectionAgeLimitAttribute",
            "Orleans.Configuration.ClusterOptions",
            "Orleans.Configuration.GrainTypeOptions",
            "Orleans.Configuration.MessagingOptions",
            "Orleans.GrainState`1",
            "Orleans.Hosting.IClientBuilder",
            "Orleans.IClusterClient",
            "Orleans.IGrainState`1",
            "Orleans.KeepAliveAttribute",
            "Orleans.Runtime.ILocalSiloDetails",
            "Orleans.Runtime.IManagementGrain",
            "Orleans.Runtime.SimpleGrainStatistic",
            "Orleans.ServiceLifecycleStage",
            "Orleans.Storage.BadProviderConfigException",
            "Orleans.Storage.IGrainStorage",
            "Orleans.Storage.InconsistentStateException",
        ],
        ["Orleans.Persistence.Memory"] =
        [
            "Orleans.Configuration.MemoryGrainStorageOptions",
            "Orleans.Hosting.MemoryGrainStorageSiloBuilderExtensions",
        ],
        ["Orleans.Reminders"] =
        [
            "Orleans.GrainReminderExtensions",
            "Orleans.Hosting.ReminderOptions",
            "Orleans.Hosting.SiloBuilderReminderExtensions",
            "Orleans.Hosting.SiloBuilderReminderMemoryExtensions",
            "Orleans.IRemindable",
            "Orleans.IReminderTable",
            "Orleans.ReminderEntry",
            "Orleans.ReminderTableData",
            "Orleans.Runtime.IGrainReminder",
            "Orleans.Runtime.ReminderException",
            "Orleans.Runtime.TickStatus",
            "Orleans.Timers.IReminderRegistry",
        ],
        ["Orleans.Runtime"] =
        [
            "Microsoft.Extensions.Hosting.OrleansSiloGenericHostExtensions",
            "Orleans.Configuration.GrainCollectionOptions",
            "Orleans.Configuration.SiloMessagingOptions",
            "Orleans.Configuration.SiloOptions",
            "Orleans.Hosting.CoreHostingExtensions",
            "Orleans.Hosting.GrainCallFilterSiloBuilderExtensions",
            "Orleans.Hosting.ISiloBuilder",
            "Orleans.Hosting.SiloBuilderExtensions",
            "Orleans.Hosting.SiloBuilderStartupExtensions",
            "Orleans.IFacetMetadata",
            "Orleans.Runtime.IPersistentStateConfiguration",
            "Orleans.Runtime.IPersistentState`1",
            "Orleans.Runtime.ISiloLifecycle",
            "Orleans.Runtime.IStartupTask",
            "Orleans.Runtime.PersistentStateAttribute",
        ],
        ["Orleans.Serialization"] =
        [
            "Orleans.Serialization.Invocation.IInvokable",
        ],
        ["Orleans.Serialization.Abstractions"] =
        [
            "Orleans.AliasAttribute",
            "Orleans.GenerateFieldIds",
            "Orleans.GenerateSerializerAttribute",
            "Orleans.IdAttribute",
            "Orleans.ImmutableAttribute",
            "Orleans.ResponseTimeoutAttribute",
        ],
    };
}
