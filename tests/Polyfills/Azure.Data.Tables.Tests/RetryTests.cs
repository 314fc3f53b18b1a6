using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Azure.Core;
using Azure.Core.Pipeline;
using Rlhf.Testing;

namespace Azure.Data.Tables.Tests;

public sealed class RetryTests
{
    [AzuriteFact]
    public async Task ABusyServiceIsAskedAgainWithANewSignatureAndNotBeforeItSays()
    {
        var transport = new Busy(times: 2);
        var options = new TableClientOptions { Transport = transport };
        options.Retry.Delay = TimeSpan.FromMilliseconds(1);
        var table = new TableClient(AzuriteServer.Shared.ConnectionString, $"t{Guid.NewGuid():N}", options);
        await table.CreateIfNotExistsAsync();

        Assert.Equal(3, transport.Sent);
        // Its own delay is a millisecond or two; a timer may ring a little early.
        Assert.True(transport.Waited > TimeSpan.FromMilliseconds(25), $"The service had asked for 50 ms, the client waited {transport.Waited}.");
    }

    [Fact]
    public async Task AServiceThatStaysBusyIsToldWithItsStatus()
    {
        var transport = new Busy(times: int.MaxValue);
        var options = new TableClientOptions { Transport = transport };
        options.Retry.MaxRetries = 1;
        options.Retry.Delay = TimeSpan.FromMilliseconds(1);
        var error = await Assert.ThrowsAsync<RequestFailedException>(() => new TableClient("UseDevelopmentStorage=true", "t", options).CreateIfNotExistsAsync());

        Assert.Equal((503, "ServerBusy"), (error.Status, error.ErrorCode));
        Assert.Equal(2, transport.Sent);
    }

    /// <summary>Answers as a busy service does, then lets requests through.</summary>
    private sealed class Busy(int times) : HttpPipelineTransport
    {
        private readonly HttpClientTransport real = new();
        private long refused;

        public int Sent { get; private set; }

        public TimeSpan Waited { get; private set; } = TimeSpan.MaxValue;

        public override Request CreateRequest() => real.CreateRequest();

        public override void Process(HttpMessage message) => throw new NotSupportedException();

        public override async ValueTask ProcessAsync(HttpMessage message)
        {
            if (Sent > 0 && Stopwatch.GetElapsedTime(refused) is var waited && waited < Waited)
            {
                Waited = waited;
            }

            if (Sent++ >= times)
            {
                await real.ProcessAsync(message);
                return;
            }

            refused = Stopwatch.GetTimestamp();
            message.Response = new Refusal();
        }
    }

    private sealed class Refusal : Response
    {
        public override int Status => 503;

        public override string ReasonPhrase => "Server Busy";

        public override Stream? ContentStream { get; set; } = new MemoryStream("""{"odata.error":{"code":"ServerBusy","message":{"lang":"en","value":"busy"}}}"""u8.ToArray());

        public override string ClientRequestId { get; set; } = "";

        public override void Dispose()
        {
            // an answer that is in memory stays readable
        }

        protected override bool TryGetHeader(string name, [NotNullWhen(true)] out string? value)
        {
            value = string.Equals(name, "retry-after-ms", StringComparison.OrdinalIgnoreCase) ? "50" : null;
            return value is not null;
        }

        protected override bool TryGetHeaderValues(string name, [NotNullWhen(true)] out IEnumerable<string>? values)
        {
            var found = TryGetHeader(name, out var value);
            values = found ? [value!] : null;
            return found;
        }

        protected override bool ContainsHeader(string name) => TryGetHeader(name, out _);

        protected override IEnumerable<HttpHeader> EnumerateHeaders() => [new HttpHeader("retry-after-ms", "50")];
    }
}
