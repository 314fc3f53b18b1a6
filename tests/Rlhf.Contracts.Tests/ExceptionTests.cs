using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Rlhf.Storage;

namespace Rlhf.Contracts.Tests;

/// <summary>What a grain refuses must reach a caller in another process as what it is: the host makes its status code,
/// its <c>code</c> and its <c>Retry-After</c> of it.</summary>
public sealed class ExceptionTests
{
    // The parts that Orleans calls between: their exceptions can cross.
    private static readonly Assembly[] Parts =
    [
        .. Directory.EnumerateFiles(AppContext.BaseDirectory, "Rlhf.*.dll")
            .Where(file => !file.EndsWith(".Tests.dll", StringComparison.Ordinal))
            .Select(file => Assembly.Load(Path.GetFileNameWithoutExtension(file)))
            .Where(part => part.GetReferencedAssemblies().Any(name => name.Name!.StartsWith("Orleans.", StringComparison.Ordinal))),
    ];

    private static readonly Dictionary<Type, object?> Samples = new()
    {
        [typeof(string)] = "what was wrong, the value, and what would be right: größer als 3",
        [typeof(long)] = 7L,
        [typeof(Exception)] = new InvalidOperationException("what the system reported"),
        [typeof(TimeSpan?)] = TimeSpan.FromSeconds(7),
        [typeof(Refusal)] = Refusal.TooMany,
        [typeof(VersionClaim)] = new VersionClaim(8, Accepted: null),
    };

    public static TheoryData<string> Names => [.. Types().Select(type => type.FullName!)];

    [Fact]
    public void Every_part_that_has_any_is_looked_through()
    {
        Assert.Equal(["Rlhf.Contracts", "Rlhf.Grains", "Rlhf.Learner", "Rlhf.Storage"], Parts.Select(part => part.GetName().Name!).Order());
        Assert.Contains(typeof(RefusedException), Types());
        Assert.Contains(typeof(StorageUnavailableException), Types());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_exception_that_a_grain_can_throw_arrives_in_another_process_with_its_type_its_message_and_its_data(string name)
    {
        var type = Types().Single(each => each.FullName == name);
        Assert.StartsWith("rlhf.", Contract.AliasOf(type) ?? $"{name} lacks [Alias].");
        var thrown = Make(type);

        using var services = new ServiceCollection().AddSerializer(builder => Array.ForEach(Parts, part => builder.AddAssembly(part))).BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer>();
        var arrived = serializer.Deserialize<Exception>(serializer.SerializeToArray(thrown));

        Assert.IsType(type, arrived);
        Assert.Equal(thrown.Message, arrived.Message);
        Assert.Equal(thrown.InnerException?.Message, arrived.InnerException?.Message);
        Assert.All(Data(type), property => Assert.Equal(property.GetValue(thrown), property.GetValue(arrived)));
    }

    /// <summary>All but those that a class keeps to itself.</summary>
    private static IEnumerable<Type> Types() =>
        Parts.SelectMany(part => part.GetTypes()).Where(type => type.IsAssignableTo(typeof(Exception)) && !type.IsAbstract && !type.IsNestedPrivate);

    private static IEnumerable<PropertyInfo> Data(Type type) =>
        type.GetProperties().Where(property => property.DeclaringType!.Namespace!.StartsWith("Rlhf.", StringComparison.Ordinal));

    private static Exception Make(Type type)
    {
        var constructor = type.GetConstructors().MaxBy(each => each.GetParameters().Length)!;
        return (Exception)constructor.Invoke([.. constructor.GetParameters().Select(parameter => Samples.TryGetValue(parameter.ParameterType, out var sample)
            ? sample
            : throw new InvalidOperationException($"{type.Name} is made of a {parameter.ParameterType}: add one to {nameof(Samples)}."))]);
    }
}
