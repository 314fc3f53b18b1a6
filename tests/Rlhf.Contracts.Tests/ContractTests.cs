using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using Orleans;

namespace Rlhf.Contracts.Tests;

public sealed class ContractTests
{
    private static readonly HashSet<Type> Values =
        [typeof(string), typeof(decimal), typeof(DateTimeOffset), typeof(DateTime), typeof(TimeSpan), typeof(Guid)];

    private static readonly HashSet<Type> Collections =
        [typeof(ImmutableArray<>), typeof(ImmutableDictionary<,>), typeof(ImmutableSortedDictionary<,>), typeof(ImmutableHashSet<>), typeof(ImmutableList<>)];

    [Fact]
    public void Every_message_can_be_serialized_under_a_name_of_its_own()
    {
        Assert.All(Contract.Messages, m =>
        {
            Assert.True(m.IsDefined(typeof(GenerateSerializerAttribute), inherit: false), $"{m.Name} lacks [GenerateSerializer].");
            Assert.StartsWith("rlhf.", Contract.AliasOf(m) ?? $"{m.Name} lacks [Alias].");
        });
        Assert.All(Contract.Grains, g => Assert.StartsWith("rlhf.", Contract.AliasOf(g) ?? $"{g.Name} lacks [Alias]."));
        Assert.All(Contract.Methods, m => Assert.True(Contract.AliasOf(m) is not null, $"{m.DeclaringType!.Name}.{m.Name} lacks [Alias]."));
    }

    [Fact]
    public void No_two_have_the_same_name()
    {
        var names = Contract.Messages.Concat(Contract.Grains).Select(Contract.AliasOf);
        Assert.Empty(names.GroupBy(n => n).Where(g => g.Count() > 1).Select(g => g.Key));

        var methods = Contract.Methods.Select(m => $"{Contract.AliasOf(m.DeclaringType!)}.{Contract.AliasOf(m)}");
        Assert.Empty(methods.GroupBy(n => n).Where(g => g.Count() > 1).Select(g => g.Key));
    }

    [Fact]
    public void No_message_can_be_changed()
    {
        Assert.All(Contract.Messages.Where(m => !m.IsEnum && !m.IsAssignableTo(typeof(Exception))), m =>
        {
            Assert.True(m.IsSealed, $"{m.Name} is not sealed.");
            Assert.True(m.IsDefined(typeof(ImmutableAttribute), inherit: false), $"{m.Name} lacks [Immutable].");
            Assert.All(m.GetFields(BindingFlags.Instance | BindingFlags.Public), f => Assert.True(f.IsInitOnly, $"{m.Name}.{f.Name} can be set."));
            Assert.All(m.GetProperties(BindingFlags.Instance | BindingFlags.Public), p =>
            {
                Assert.True(p.SetMethod is null || IsInit(p.SetMethod), $"{m.Name}.{p.Name} can be set.");
                Assert.True(IsImmutable(p.PropertyType), $"{m.Name}.{p.Name} is a {p.PropertyType}, which can be changed.");
            });
        });
    }

    /// <summary>
    /// Another process may run another build: a position in a record, an alias or an enum's number never gets another
    /// meaning. What is added is added here too: <c>UPDATE_CONTRACTS=1 dotnet test tests/Rlhf.Contracts.Tests</c>.
    /// </summary>
    [Fact]
    public void The_contract_is_the_one_that_is_checked_in()
    {
        var actual = Contract.Messages.Select(Contract.Line).Concat(Contract.Methods.Select(Contract.Line)).Order(StringComparer.Ordinal).ToList();
        var file = SnapshotFile();
        if (Environment.GetEnvironmentVariable("UPDATE_CONTRACTS") == "1")
        {
            File.WriteAllLines(file, actual);
        }

        var pinned = File.ReadAllLines(file);
        Assert.True(
            pinned.SequenceEqual(actual),
            $"""
            The contract changed.
            No longer there: {string.Join("; ", pinned.Except(actual))}
            New: {string.Join("; ", actual.Except(pinned))}
            If no deployed build can tell the difference, write it anew with UPDATE_CONTRACTS=1.
            """);
    }

    private static bool IsInit(MethodInfo setter) =>
        setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static bool IsImmutable(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return IsImmutable(underlying);
        }

        return type.IsPrimitive || type.IsEnum || Values.Contains(type) || Contract.Messages.Contains(type)
            || (type.IsGenericType && Collections.Contains(type.GetGenericTypeDefinition()) && type.GetGenericArguments().All(IsImmutable));
    }

    private static string SnapshotFile([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "contracts.txt");
}
