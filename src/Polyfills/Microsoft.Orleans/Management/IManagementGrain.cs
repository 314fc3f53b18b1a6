namespace Orleans.Runtime;

/// <summary>What an operator asks of the cluster; key 0.</summary>
public interface IManagementGrain : IGrainWithIntegerKey
{
    Task<int> GetTotalActivationCount();

    Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics();

    ValueTask<List<GrainId>> GetActiveGrains(GrainType type);

    Task ForceActivationCollection(TimeSpan ageLimit);
}

[GenerateSerializer, Immutable]
public sealed class SimpleGrainStatistic
{
    [Id(0)]
    public string GrainType { get; init; } = "";

    [Id(1)]
    public SiloAddress SiloAddress { get; init; } = null!;

    [Id(2)]
    public int ActivationCount { get; init; }

    public override string ToString() => $"{ActivationCount} of {GrainType} on {SiloAddress}";
}

internal sealed class ManagementGrain(SiloRuntime silo) : Grain, IManagementGrain
{
    public Task<int> GetTotalActivationCount() => Task.FromResult(silo.Catalog.Activations.Count());

    public Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics() => Task.FromResult(silo.Catalog.Activations
        .GroupBy(a => a.Class.Type.FullName!)
        .Select(g => new SimpleGrainStatistic { GrainType = g.Key, SiloAddress = silo.SiloAddress, ActivationCount = g.Count() })
        .ToArray());

    public ValueTask<List<GrainId>> GetActiveGrains(GrainType type) =>
        new(silo.Catalog.Activations.Select(a => a.GrainId).Where(id => id.Type == type).Distinct().ToList());

    public Task ForceActivationCollection(TimeSpan ageLimit)
    {
        silo.Catalog.Collect(silo.Clock.Advance(), ageLimit);
        return Task.CompletedTask;
    }
}
