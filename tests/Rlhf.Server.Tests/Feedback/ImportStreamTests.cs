using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rlhf.Server.Tests.Feedback;

/// <summary>An import's items are taken as they arrive.</summary>
public sealed class ImportStreamTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string Import = "v1/feedback/import";

    private RunningServer Server => fixture.Server;

    [Fact]
    public async Task A_sender_that_takes_its_time_keeps_no_other_waiting()
    {
        using var slow = new HeldBody(Items("slow", 3));
        var sending = Server.Client.PostAsync(Import, slow);
        await slow.HalfSent;

        Assert.Equal((200, 2), await ImportAsync(Items("quick", 2)));
        using var large = new HttpRequestMessage(HttpMethod.Post, Import) { Content = new StringContent(new string(' ', (16 * 1024 * 1024) + 1)) };
        large.Headers.ExpectContinue = true; // it is refused before its body is sent
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await Server.Client.SendAsync(large)).StatusCode);

        slow.SendRest();
        using var answer = await sending;
        Assert.Equal(3, (int)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["imported"]!);
    }

    [Fact]
    public async Task Items_are_recorded_a_batch_at_a_time_while_the_rest_arrives()
    {
        var before = await RecordedAsync();
        using var slow = new HeldBody(Items("large", 8, new string('x', 700_000)));
        var sending = Server.Client.PostAsync(Import, slow);
        await slow.HalfSent;
        while (await RecordedAsync() < before + 2)
        {
            await Task.Yield(); // the half has been sent, and is on its way
        }

        Assert.False(sending.IsCompleted);
        slow.SendRest();
        using var answer = await sending;
        Assert.Equal(8, (int)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["imported"]!);
        Assert.Equal((200, 0), await ImportAsync(Items("large", 8, "another text")));
    }

    [Theory]
    [InlineData("""{"items":[ITEM,ITEM,7]}""", 200)]
    [InlineData("""  {"before":{"items":[1,[2,{}]]},"items":[ITEM,ITEM,7],"after":[{"items":1}]}  """, 200)]
    [InlineData("""{"items":[ITEM,ITEM,7],"items":[ITEM]}""", 400)]
    [InlineData("""{"items":[ITEM,ITEM,7]}x""", 400)]
    [InlineData("""{"items":[ITEM,ITEM,7]""", 400)]
    [InlineData("""[{"items":[ITEM]}]""", 400)]
    [InlineData("""{"item":[ITEM]}""", 400)]
    [InlineData("""{"items":null}""", 400)]
    [InlineData("""{"items":"ITEMS"}""", 400)]
    [InlineData("""{"\ud800":1,"items":[ITEM]}""", 400)]
    public async Task A_body_means_the_same_in_whatever_pieces_it_comes(string body, int status)
    {
        foreach (var (name, piece) in new[] { ("whole", int.MaxValue), ("sevens", 7), ("bytes", 1) })
        {
            var item = $$"""{"id":"{{name}}-{{body.Length}}","messages":[{"role":"user","content":"é\n[{"}],"completion":"🦊","thumbs":"up"}""";
            using var socket = new TcpClient { NoDelay = true };
            await socket.ConnectAsync(Server.Address.Host, Server.Address.Port);
            var content = Encoding.UTF8.GetBytes(body.Replace("ITEM", item));
            await using var stream = socket.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /{Import} HTTP/1.1\r\nHost: {Server.Address.Authority}\r\nConnection: close\r\nContent-Length: {content.Length}\r\n\r\n"));
            foreach (var part in content.Chunk(piece))
            {
                try
                {
                    await stream.WriteAsync(part);
                    await Task.Yield();
                }
                catch (IOException)
                {
                    break; // it has been refused already
                }
            }

            var answer = await new StreamReader(stream).ReadToEndAsync();
            Assert.StartsWith($"HTTP/1.1 {status} ", answer);
            if (status == 200)
            {
                Assert.Contains("\"imported\":1,\"duplicates\":1,\"rejected\":[{\"index\":2,", answer);
            }
        }
    }

    private async Task<(int Status, int Imported)> ImportAsync(byte[] body)
    {
        using var answer = await Server.Client.PostAsync(Import, new ByteArrayContent(body));
        return ((int)answer.StatusCode, (int)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["imported"]!);
    }

    private async Task<int> RecordedAsync() => (int)(await Server.GetAsync("v1/learner")).Body["feedback_total"]!;

    private static byte[] Items(string name, int count, string completion = "Hello.") => JsonSerializer.SerializeToUtf8Bytes(new
    {
        items = Enumerable.Range(0, count).Select(i => new { id = $"{name}-{i}", messages = Array.Empty<object>(), completion, thumbs = "up", rater = "ann" }),
    });

    /// <summary>A body of which the second half is held back.</summary>
    private sealed class HeldBody(byte[] body) : HttpContent
    {
        private readonly TaskCompletionSource _half = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _rest = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task HalfSent => _half.Task;

        public void SendRest() => _rest.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(body.AsMemory(..(body.Length / 2)));
            await stream.FlushAsync();
            _half.SetResult();
            await _rest.Task;
            await stream.WriteAsync(body.AsMemory((body.Length / 2)..));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = body.Length;
            return true;
        }
    }
}
