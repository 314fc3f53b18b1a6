using NetArchTest.Rules;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Learning.Tests;

/// <summary>The project's levels: a namespace uses only those before it.</summary>
public sealed class LevelsTests
{
    private const string Root = "Rlhf.Learning.";

    private static readonly string[] Levels = ["Torch", "Model", "Data", "RewardModel", "Rewards", "Algorithms", "Evaluation", "Pipeline"];

    public static TheoryData<string> All => [.. Levels];

    [Theory]
    [MemberData(nameof(All))]
    public void A_namespace_uses_only_those_before_it(string level)
    {
        string[] after = [.. Levels.SkipWhile(other => other != level).Skip(1).Select(other => Root + other)];

        var result = Types.InAssembly(typeof(TrainingRun).Assembly).That().ResideInNamespace(Root + level).ShouldNot().HaveDependencyOnAny(after).GetResult();

        Assert.True(result.IsSuccessful, $"{level} uses what comes after it: {string.Join(", ", result.FailingTypeNames ?? [])}");
    }

    [Fact]
    public void Every_type_is_on_a_level()
    {
        var elsewhere = typeof(TrainingRun).Assembly.GetTypes()
            .Where(type => type.Namespace?.StartsWith("Rlhf.", StringComparison.Ordinal) == true && !Levels.Any(level => $"{type.Namespace}.".StartsWith($"{Root}{level}.", StringComparison.Ordinal)));

        Assert.Empty(elsewhere.Select(type => type.FullName));
    }
}
