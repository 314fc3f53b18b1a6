namespace Rlhf.Scenarios.Clients;

/// <summary>The suite of the npm package <c>openai</c>, in <c>openai.cjs</c>.</summary>
public sealed class OpenAiNodeSuite() : NodeSuite("openai.cjs");

/// <summary>The contract: OpenAI's own client for Node does not notice that it talks to somebody else.</summary>
public sealed class OpenAiNodeTests(OpenAiNodeSuite suite) : IClassFixture<OpenAiNodeSuite>
{
    private static readonly string[] Names =
    [
        "It chats",
        "It streams what it would have answered at once",
        "It leaves in the middle of a stream, and nothing more is drawn",
        "It calls the function that it is made to call",
        "It streams a call, name first",
        "It says what the function said, and hears an answer",
        "It runs the function by itself",
        "It may choose not to call",
        "It parses what a schema asks for",
        "It gets log-probabilities",
        "It lists models and shows one",
        "It reads each kind of error",
        "It asks again after it waited too long, and there is one turn",
    ];

    public static TheoryData<string> Cases => new(Names);

    [NodeClientTheory]
    [MemberData(nameof(Cases))]
    public void A_case_passes(string name) => Assert.True(suite.Errors[name] is null, suite.Errors[name]);

    [NodeClientFact]
    public void Every_case_is_looked_at() => Assert.Equal(Names, suite.Errors.Keys);
}
