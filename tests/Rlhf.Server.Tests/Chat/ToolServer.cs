using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Chat;

/// <summary>A server whose model can be shown tools, and tools to show it.</summary>
public sealed class ToolServer : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The schema of an order.</summary>
    public const string Order = """{"type":"object","properties":{"drink":{"enum":["latte","tea"]},"cups":{"type":"integer","minimum":1,"maximum":9}},"required":["drink","cups"],"additionalProperties":false}""";

    /// <summary>Two tools: an order, and a bill that takes no arguments.</summary>
    public const string Tools = """[{"type":"function","function":{"name":"order","description":"Orders a drink.","parameters":""" + Order + ""","strict":true}},{"type":"function","function":{"name":"bill"}}]""";

    /// <summary>The server.</summary>
    public RunningServer Server { get; private set; } = null!;

    /// <inheritdoc/>
    public async Task InitializeAsync() => Server = await RunningServer.StartAsync(_folder.Path, $"--Model:Path={TinyModel.WithTools}");

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}
