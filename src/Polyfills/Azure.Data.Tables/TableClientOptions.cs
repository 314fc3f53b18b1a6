using Azure.Core;

namespace Azure.Data.Tables;

/// <summary>How a client talks to the service.</summary>
public class TableClientOptions : ClientOptions
{
    /// <summary>Options for a version of the service.</summary>
    public TableClientOptions(ServiceVersion serviceVersion = ServiceVersion.V2020_12_06)
    {
        VersionString = serviceVersion switch
        {
            ServiceVersion.V2019_02_02 => "2019-02-02",
            ServiceVersion.V2020_12_06 => "2020-12-06",
            _ => throw new ArgumentOutOfRangeException(nameof(serviceVersion), serviceVersion, null),
        };
    }

    internal string VersionString { get; }

    /// <summary>Versions of the service.</summary>
    public enum ServiceVersion
    {
        /// <summary>The version of 2 February 2019.</summary>
        V2019_02_02 = 1,

        /// <summary>The version of 6 December 2020.</summary>
        V2020_12_06 = 2,
    }
}
