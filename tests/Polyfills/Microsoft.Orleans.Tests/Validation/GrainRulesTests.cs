using System.Reflection;
using System.Reflection.Emit;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Validation;

public sealed class Unmarked
{
    public int Number { get; set; }
}

[GenerateSerializer]
public sealed class Doubled
{
    [Id(0)]
    public int First { get; set; }

    [Id(0)]
    public int Second { get; set; }
}

[GenerateSerializer]
public sealed record Carrying(string Name, Unmarked Inside);

[GenerateSerializer]
public sealed class Derived : Sound
{
    [Id(0)]
    public int Own { get; set; }
}

[GenerateSerializer]
public class Sound
{
    [Id(0)]
    public List<Dictionary<string, Sound?>>? Nested { get; set; }

    [Id(1)]
    public (Guid, DayOfWeek, System.Collections.Immutable.ImmutableArray<float>) Framework { get; set; }
}

/// <summary>The interfaces are emitted: if they stood in this assembly, no other silo of these tests could start.</summary>
public sealed class GrainRulesTests
{
    [Theory]
    [InlineData(typeof(int), "IBroken.Method returns System.Int32; a grain method returns a Task")]
    [InlineData(typeof(List<string>), "a grain method returns a Task, a ValueTask, an IAsyncEnumerable, or void when it is one-way")]
    [InlineData(typeof(Task<Unmarked>), "Orleans.Tests.Validation.Unmarked, which IBroken.Method passes, lacks [GenerateSerializer]")]
    [InlineData(typeof(IAsyncEnumerable<Unmarked>), "lacks [GenerateSerializer]")]
    [InlineData(typeof(Task<Doubled>), "First and Second of Orleans.Tests.Validation.Doubled both have [Id(0)]")]
    public async Task WhatAMethodReturnsIsChecked(Type returns, string expected)
    {
        var error = await StartWith(Interface(returns));

        Assert.Contains(expected, error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(Unmarked), "lacks [GenerateSerializer]")]
    [InlineData(typeof(Unmarked[]), "lacks [GenerateSerializer]")]
    [InlineData(typeof(Dictionary<string, List<Unmarked>>), "lacks [GenerateSerializer]")]
    [InlineData(typeof(Carrying), "Unmarked, which Orleans.Tests.Validation.Carrying passes, lacks [GenerateSerializer]")]
    [InlineData(typeof(Doubled), "both have [Id(0)]")]
    public async Task WhatAMethodTakesIsChecked(Type takes, string expected)
    {
        var error = await StartWith(Interface(typeof(Task), takes));

        Assert.Contains(expected, error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(Task))]
    [InlineData(typeof(ValueTask))]
    [InlineData(typeof(ValueTask<Sound>))]
    [InlineData(typeof(IAsyncEnumerable<Derived>))]
    [InlineData(typeof(void))]
    public async Task WhatIsSoundIsAccepted(Type returns)
    {
        Assert.Null(await StartWith(Interface(returns, typeof(Sound), typeof(GrainId), typeof(IGrain), typeof(CancellationToken))));
    }

    [Fact]
    public async Task EveryFaultIsNamedAtOnce()
    {
        var error = await StartWith(Interface(typeof(int), typeof(Unmarked)));

        Assert.Equal(2, error!.Message.Split(Environment.NewLine).Length);
    }

    private static async Task<OrleansConfigurationException?> StartWith(Type broken)
    {
        var silo = TestSilo.Build(s => s.Configure<GrainTypeOptions>(o => o.Interfaces.Add(broken)));
        await using (silo)
        {
            return await Record.ExceptionAsync(() => silo.Host.StartAsync()) as OrleansConfigurationException;
        }
    }

    private static Type Interface(Type returns, params Type[] takes)
    {
        var module = AssemblyBuilder.DefineDynamicAssembly(new("Broken"), AssemblyBuilderAccess.Run).DefineDynamicModule("Broken");
        var type = module.DefineType("IBroken", TypeAttributes.Interface | TypeAttributes.Abstract | TypeAttributes.Public);
        type.AddInterfaceImplementation(typeof(IGrainWithStringKey));
        type.DefineMethod(
            "Method", MethodAttributes.Public | MethodAttributes.Abstract | MethodAttributes.Virtual | MethodAttributes.NewSlot, returns, takes);
        return type.CreateType();
    }
}
