using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Feedback;

/// <summary>A server with questions and metrics of the operator's.</summary>
public sealed class ShapesFixture : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The server.</summary>
    public RunningServer Server { get; private set; } = null!;

    /// <inheritdoc/>
    public async Task InitializeAsync() => Server = await RunningServer.StartAsync(
        _folder.Path,
        "--Feedback:Labels:tone:Answers:kind=1", "--Feedback:Labels:tone:Answers:rude=0",
        "--Feedback:Labels:right:Answers:yes=1", "--Feedback:Labels:right:Answers:no=0",
        "--Feedback:Metrics:csat:Kind=rating", "--Feedback:Metrics:csat:Min=0", "--Feedback:Metrics:csat:Max=10",
        "--Feedback:Metrics:toxicity:Kind=thumbs", "--Feedback:Metrics:toxicity:Min=1", "--Feedback:Metrics:toxicity:Max=0");

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}
