using System.ComponentModel.DataAnnotations;

namespace Rlhf.Grains.Versions;

/// <summary>How new versions come to serve. Section <c>Versions</c> of the configuration.</summary>
public sealed class VersionOptions
{
    /// <summary>The part of the conversations that a version answers when it is published. At 1 it is live at once;
    /// below, it is a canary until it is promoted or rolled back.</summary>
    /// <value>The default value is 1.</value>
    [Range(0.001, 1)]
    public double CanaryShare { get; set; } = 1;

    /// <summary>How many retired versions still answer who asks for them by name; the base always does.</summary>
    /// <value>The default value is 8.</value>
    [Range(0, 1000)]
    public int KeepRetired { get; set; } = 8;

    /// <summary>How often each silo renews its subscription to the catalogue, which is also how long it may miss a change.</summary>
    /// <value>The default value is 5 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan RefreshEvery { get; set; } = TimeSpan.FromSeconds(5);
}
