using System.Reflection;

namespace Orleans.Tests.Surface;

/// <summary>The polyfill has no public type, member or signature that the real package lacks.</summary>
public sealed class SurfaceTests
{
    private const string CoreAbstractions = "Orleans.Core.Abstractions";

    private static readonly IReadOnlyDictionary<string, TypeSurface> s_polyfill = PublicSurface.Of(typeof(Grain).Assembly.Location);

    [Fact]
    public void EveryTypeOfCoreAbstractionsIsThereWithTheSameMembers()
    {
        var real = PublicSurface.Of(RealCoreAbstractions());

        AssertNone(Excess(s_polyfill.Values.Where(t => real.ContainsKey(t.Name)), real));
    }

    [Fact]
    public void EveryOtherTypeIsKnownToBelongToAnAssemblyThatTheFeedLacks()
    {
        var real = PublicSurface.Of(RealCoreAbstractions());
        var elsewhere = OtherAssemblies.Types.Values.SelectMany(t => t).ToHashSet();

        AssertNone(s_polyfill.Keys.Where(name => !real.ContainsKey(name) && !elsewhere.Contains(name)));
        AssertNone(elsewhere.Where(name => !s_polyfill.ContainsKey(name) || real.ContainsKey(name)));
    }

    /// <summary>Runs where the real assemblies lie in the folder that ORLEANS_ASSEMBLIES names, built from source for example.</summary>
    [FactWithRealAssemblies]
    public void EveryTypeOfTheOtherAssembliesIsThereWithTheSameMembers()
    {
        foreach (var (assembly, types) in OtherAssemblies.Types)
        {
            var real = PublicSurface.Of(Path.Combine(FactWithRealAssembliesAttribute.Folder!, $"{assembly}.dll"));
            AssertNone(types.Where(t => !real.ContainsKey(t)).Select(t => $"{t} is not in {assembly}"));
            AssertNone(Excess(types.Select(t => s_polyfill[t]), real));
        }
    }

    [Theory]
    [InlineData("Orleans.IGrainBase")]
    [InlineData("Orleans.IGrainObserver")]
    [InlineData("Orleans.IIncomingGrainCallFilter")]
    [InlineData("Orleans.IOutgoingGrainCallFilter")]
    [InlineData("Orleans.ILifecycleObserver")]
    [InlineData("Orleans.ILifecycleParticipant`1")]
    public void WhatApplicationsImplementIsComplete(string type)
    {
        var real = PublicSurface.Of(RealCoreAbstractions())[type];

        AssertNone(real.Lines.Except(s_polyfill[type].Lines));
    }

    [Fact]
    public void AWrongSignatureWouldBeNoticed()
    {
        var real = PublicSurface.Of(RealCoreAbstractions());
        var wrong = s_polyfill["Orleans.IGrainFactory"] with { Lines = ["public abstract virtual System.Int32 GetGrain(System.String key)"] };

        Assert.Single(Excess([wrong], real));
    }

    private static IEnumerable<string> Excess(IEnumerable<TypeSurface> polyfilled, IReadOnlyDictionary<string, TypeSurface> real) =>
        polyfilled.SelectMany(t => t.Lines.Except(real[t.Name].Lines).Select(line => $"{t.Name}: {line}"));

    private static void AssertNone(IEnumerable<string> faults)
    {
        if (string.Join(Environment.NewLine, faults) is { Length: > 0 } text)
        {
            Assert.Fail(text);
        }
    }

    private static string RealCoreAbstractions() => typeof(SurfaceTests).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == CoreAbstractions)
        .Value!;
}

[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactWithRealAssembliesAttribute : FactAttribute
{
    public FactWithRealAssembliesAttribute() =>
        Skip = Folder is null ? "ORLEANS_ASSEMBLIES names no folder with the real assemblies." : null;

    public static string? Folder => Environment.GetEnvironmentVariable("ORLEANS_ASSEMBLIES");
}
