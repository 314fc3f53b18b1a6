namespace Rlhf.Inference.Tests.Constraints;

public sealed class ConstrainedEngineTests
{
    private const string Schema = """{"type":"object","properties":{"name":{"type":"string","maxLength":9},"count":{"type":"integer","minimum":0,"maximum":250},"of":{"type":"array","items":{"enum":["a","bc"]},"maxItems":2}},"required":["name","count","of"]}""";
    private static readonly BaseModel Model = TestModels.Random();

    [Fact]
    public async Task EveryReply_Holds_AtEachTemperatureAndCut()
    {
        using DecodeEngine engine = Engine(threads: 2);
        Generation[] replies = await Task.WhenAll(Enumerable.Range(0, 48).Select(i => engine.CompleteAsync(Request(i) with
        {
            Sampling = new SamplingOptions { Seed = (ulong)i, Temperature = i % 4 * 0.7, TopK = i % 3 * 5, TopP = i % 2 == 0 ? 1 : 0.6 },
        })));
        Assert.All(replies, reply =>
        {
            Assert.Equal(FinishReason.Stop, reply.Finish);
            Assert.True(PlainValidator.Holds(Schema, Model.Tokenizer.Decode(reply.Tokens)), Model.Tokenizer.Decode(reply.Tokens));
        });
        Assert.True(replies.Select(reply => Model.Tokenizer.Decode(reply.Tokens)).Distinct().Count() > 30);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    [InlineData(0.8)]
    public async Task LogProbs_AreOfTheTokensThatMayCome(double temperature)
    {
        using DecodeEngine engine = Engine();
        GenerationRequest request = Request(3) with { Sampling = new SamplingOptions { Seed = 3, Temperature = temperature, TopP = 0.9 } };
        Generation reply = await engine.CompleteAsync(request);
        double[][] logits = new PlainForward(Model).Logits([.. request.Prompt, .. reply.Tokens]);
        ConstrainedReply twin = new Rlhf.Inference.Constraints(Model).Begin(ReplyFormat.Of(Schema));
        for (int i = 0; i < reply.Tokens.Length; i++)
        {
            ulong[] allowed = twin.Allowed(request.MaxTokens - i);
            double[] of = [.. logits[request.Prompt.Count - 1 + i].Where((_, id) => (allowed[id >> 6] >> (id & 63) & 1) != 0).Select(logit => logit / (temperature == 0 ? 1 : temperature))];
            double own = logits[request.Prompt.Count - 1 + i][reply.Tokens[i]] / (temperature == 0 ? 1 : temperature);
            double expected = own - of.Max() - Math.Log(of.Sum(logit => Math.Exp(logit - of.Max())));
            Assert.Equal(expected, reply.LogProbs[i], Math.Max(2e-4, Math.Abs(expected) * 1e-2));
            if (temperature == 0)
                Assert.Equal(of.Max(), own, 1e-4);
            twin.Accept(reply.Tokens[i]);
        }
    }

    [Fact]
    public async Task AReply_IsTheSameBits_AloneAndBesideThoseWithOtherFormatsAndNone()
    {
        GenerationRequest[] requests = [.. Enumerable.Range(0, 18).Select(i => Request(i) with
        {
            Format = (i % 3) switch { 0 => ReplyFormat.Of(Schema), 1 => ReplyFormat.Of(ReplyFormat.AnyObject), _ => null },
        })];
        var alone = new List<Generation>();
        using (DecodeEngine engine = Engine(threads: 1, batch: 1))
        {
            foreach (GenerationRequest request in requests)
                alone.Add(await engine.CompleteAsync(request));
        }

        using DecodeEngine together = Engine(threads: 3);
        foreach (int round in (int[])[0, 1])
        {
            Generation[] replies = await Task.WhenAll(requests.Select(request => together.CompleteAsync(request)));
            for (int i = 0; i < replies.Length; i++)
            {
                Assert.Equal(alone[i].Tokens, replies[i].Tokens);
                Assert.Equal(alone[i].LogProbs, replies[i].LogProbs);
            }
        }

        Assert.True(together.Cache.Hits > 0);
    }

    [Fact]
    public async Task TheEndToken_ComesWhereTheReplyMayEnd_AndACompleteReplyEndsWithoutOne()
    {
        using DecodeEngine engine = Engine();
        for (int seed = 0; seed < 40; seed++)
        {
            Generation number = await engine.CompleteAsync(Request(seed) with { Format = ReplyFormat.Of("""{"type":"integer"}""") });
            string text = Model.Tokenizer.Decode(number.Tokens);
            bool mayGoOn = text != "0" && text.TrimStart('-').Length < 15;
            Assert.Equal((FinishReason.Stop, mayGoOn), (number.Finish, number.Tokens[^1] == 0));
            Assert.DoesNotContain(0, number.Tokens[..^1]);
            Generation whole = await engine.CompleteAsync(Request(seed));
            Assert.DoesNotContain(0, whole.Tokens);
        }
    }

    [Fact]
    public async Task TooFewTokens_CutAReply()
    {
        using DecodeEngine engine = Engine();
        Generation reply = await engine.CompleteAsync(Request(1) with { MaxTokens = 4 });
        Assert.Equal((4, FinishReason.Length), (reply.Tokens.Length, reply.Finish));
    }

    [Fact]
    public async Task StopTexts_AreRefusedBesideAFormat()
    {
        using DecodeEngine engine = Engine();
        await Assert.ThrowsAsync<ArgumentException>(() => engine.CompleteAsync(Request(1) with { Stop = ["x"] }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.001)]
    public unsafe void TokensThatMayNotCome_TakeNothingOfTheDistribution_HoweverLikely(double temperature)
    {
        float[] logits = [90f, 1f, 2f, 95f];
        ulong[] allowed = [0b0110];
        double share = 1 / (1 + Math.Exp(1 / temperature));
        var counts = new int[logits.Length];
        for (int i = 0; i < 2000; i++)
        {
            fixed (float* pointer = logits)
            {
                (int id, float logProb) = new Sampler(new SamplingOptions { Temperature = temperature }, 7).Draw(Kernels.Best, pointer, logits.Length, null, i, new SamplerRoom(logits.Length), allowed);
                counts[id]++;
                Assert.Equal(id == 1 ? Math.Log(share) : Math.Log(1 - share), logProb, 1e-4);
            }
        }

        Assert.Equal((0, 0), (counts[0], counts[3]));
        Assert.Equal(share, counts[1] / 2000.0, 0.03);
    }

    private static DecodeEngine Engine(int threads = 1, int batch = 16)
    {
        var engine = new DecodeEngine(Model, new DecodeOptions { Threads = threads, MaxBatch = batch });
        engine.Load("base", adapter: null);
        return engine;
    }

    private static GenerationRequest Request(int seed) => new()
    {
        Version = "base",
        Prompt = [.. Enumerable.Range(0, 18).Select(i => 20 + ((seed + i) * 37 % 300))],
        MaxTokens = 78,
        Sampling = new SamplingOptions { Seed = (ulong)seed },
        Format = ReplyFormat.Of(Schema),
    };
}
