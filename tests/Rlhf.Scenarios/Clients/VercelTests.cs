namespace Rlhf.Scenarios.Clients;

/// <summary>The suite of the npm packages <c>ai</c> and <c>@ai-sdk/openai-compatible</c>, in <c>vercel.cjs</c>.</summary>
public sealed class VercelSuite() : NodeSuite("vercel.cjs");

/// <summary>The contract: the AI SDK's provider for servers that speak as OpenAI's does makes its usual calls.</summary>
public sealed class VercelTests(VercelSuite suite) : IClassFixture<VercelSuite>
{
    private static readonly string[] Names =
    [
        "It generates text",
        "It streams text",
        "It leaves in the middle of a stream, and nothing more is drawn",
        "It generates an object",
        "It calls a tool, runs it and says what it said",
        "It streams a tool call",
        "It hears what is wrong",
    ];

    public static TheoryData<string> Cases => new(Names);

    [NodeClientTheory]
    [MemberData(nameof(Cases))]
    public void A_case_passes(string name) => Assert.True(suite.Errors[name] is null, suite.Errors[name]);

    [NodeClientFact]
    public void Every_case_is_looked_at() => Assert.Equal(Names, suite.Errors.Keys);
}
