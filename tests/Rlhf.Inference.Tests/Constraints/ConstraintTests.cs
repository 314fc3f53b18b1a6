using System.Text;

namespace Rlhf.Inference.Tests.Constraints;

public sealed class ConstraintTests
{
    private const int Budget = 400;
    private static readonly TokenTrie Trie = new(TestModels.Tokenizer, TestModels.Config.VocabularySize, TestModels.Config.EosTokenIds);

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void EveryTextThatIsDrawn_ParsesAndHoldsToItsSchema(int seed)
    {
        string schema = new RandomSchema(seed).Next();
        var constraint = new Constraint(ReplyFormat.Of(schema), Trie);
        var random = new Random(seed);
        int finished = 0;
        for (int reply = 0; reply < 12; reply++)
        {
            string? text = Draw(constraint, random, Budget, Trie, TestModels.Tokenizer);
            if (text is null)
                continue;
            finished++;
            Assert.True(PlainValidator.Holds(schema, text), $"{text} for {schema}");
        }

        Assert.True(finished >= 11, $"{finished} replies to {schema} ended in {Budget} tokens");
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void AMask_IsWhatEachTokenByItselfAllows(int seed)
    {
        ReplyFormat format = ReplyFormat.Of(new RandomSchema(seed).Next());
        var constraint = new Constraint(format, Trie);
        var random = new Random(seed);
        for (int reply = 0; reply < 3; reply++)
        {
            Node state = constraint.Start;
            for (int left = 60; left > 0 && state != Node.End; left--)
            {
                foreach (int budget in (int[])[left, 1_000_000, state.Need + 2])
                    Assert.Equal(PlainMask(state, budget), Ids(constraint.Allowed(state, budget)));
                int[] ids = Ids(constraint.Allowed(state, 1_000_000));
                int id = ids[random.Next(ids.Length)];
                if (Trie.EndIds.Contains(id))
                    break;
                state = Steps(state, TestModels.Tokenizer.Bytes(id));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void NoState_IsADeadEnd_AndTheEndIsAsNearAsItSays(int seed)
    {
        ReplyFormat format = ReplyFormat.Of(new RandomSchema(seed).Next());
        var constraint = new Constraint(format, Trie);
        var random = new Random(seed);
        Node state = constraint.Start;
        for (int i = 0; i < 60 && state != Node.End; i++)
        {
            Node near = state;
            for (int need = state.Need; need > 0; need--)
            {
                near = Enumerable.Range(0, 256).Select(value => near.Step((byte)value)).MinBy(next => next.Need)!;
                Assert.Equal(need - 1, near.Need);
            }

            Assert.True(near.Nullable);
            byte[] bytes = [.. Enumerable.Range(0, 256).Select(value => (byte)value).Where(value => state.Step(value) != Node.Nothing)];
            if (bytes.Length == 0)
                break;
            state = state.Step(bytes[random.Next(bytes.Length)]);
        }
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama2")]
    [InlineData("llama3")]
    [InlineData("qwen2")]
    public void EveryKindOfVocabulary_DrawsTextsThatHold(string family)
    {
        const string schema = """{"type":"object","properties":{"name":{"type":"string","maxLength":30},"größe":{"type":"number"},"of":{"enum":["a b","ü"]}},"required":["name","größe","of"]}""";
        Tokenizer tokenizer = Families.Tokenizer(family);
        var trie = new TokenTrie(tokenizer, tokenizer.VocabularySize, []);
        var constraint = new Constraint(ReplyFormat.Of(schema), trie);
        var random = new Random(5);
        for (int reply = 0; reply < 20; reply++)
        {
            string? text = Draw(constraint, random, Budget, trie, tokenizer);
            Assert.True(text is not null && PlainValidator.Holds(schema, text), text);
        }
    }

    [Fact]
    public void AReply_EndsWithinItsTokens_WhereItsShortestFormDoes()
    {
        const string schema = """{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"array","items":{"type":"object","properties":{"c":{"type":"string","minLength":9}},"required":["c"]}}},"required":["a","b"]}""";
        var constraint = new Constraint(ReplyFormat.Of(schema), Trie);
        int shortest = """{"a":"","b":[]}""".Length;
        Assert.Equal(shortest, constraint.Start.Need);
        for (int seed = 0; seed < 200; seed++)
            Assert.NotNull(Draw(constraint, new Random(seed), shortest + (seed % 40), Trie, TestModels.Tokenizer));
    }

    [Fact]
    public void Counters_BeyondTheLongestToken_ShareWhatIsKnown()
    {
        var constraint = new Constraint(ReplyFormat.Of("""{"type":"string","minLength":4000,"maxLength":5000}"""), Trie);
        Node state = constraint.Start;
        state = Steps(state, Encoding.UTF8.GetBytes("\"" + new string('x', 3990)));
        Assert.Equal(11, state.Need);
        foreach (int budget in (int[])[11, 12, 15, 1000])
            Assert.Equal(PlainMask(state, budget), Ids(constraint.Allowed(state, budget)));
    }

    [Fact]
    public async Task States_AreTheSame_WhoeverAsksForThemAtOnce()
    {
        for (int seed = 0; seed < 5; seed++)
        {
            string schema = new RandomSchema(seed).Next();
            var shared = new Constraint(ReplyFormat.Of(schema), Trie);
            string?[][] texts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                var random = new Random(3);
                return Enumerable.Range(0, 20).Select(_ => Draw(shared, random, Budget, Trie, TestModels.Tokenizer)).ToArray();
            })));
            Assert.All(texts, each => Assert.Equal(texts[0], each));
        }
    }

    // Null where the tokens did not reach.
    private static string? Draw(Constraint constraint, Random random, int tokens, TokenTrie trie, Tokenizer tokenizer)
    {
        var reply = new ConstrainedReply(constraint);
        var ids = new List<int>();
        for (int left = tokens; left > 0 && !reply.IsComplete; left--)
        {
            int[] allowed = Ids(reply.Allowed(left));
            int id = allowed[random.Next(allowed.Length)];
            reply.Accept(id);
            if (trie.EndIds.Contains(id))
                return tokenizer.Decode([.. ids]);
            ids.Add(id);
        }

        return reply.IsComplete || constraint.Trie.EndIds.Count == 0 ? tokenizer.Decode([.. ids]) : null;
    }

    private static int[] PlainMask(Node state, int left)
    {
        int[] All(int budget) =>
        [
            .. Enumerable.Range(0, TestModels.Tokenizer.VocabularySize).Where(id =>
                Trie.EndIds.Contains(id) ? state.Nullable
                : !TestModels.Tokenizer.IsSpecial(id) && Steps(state, TestModels.Tokenizer.Bytes(id)) is var next && next != Node.Nothing && next.Need <= budget),
        ];
        return All(left - 1) is { Length: > 0 } fitting ? fitting : All(Node.Endless);
    }

    private static Node Steps(Node state, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
            state = state.Step(value);
        return state;
    }

    private static int[] Ids(ulong[] bits) => [.. Enumerable.Range(0, 64 * bits.Length).Where(id => (bits[id >> 6] >> (id & 63) & 1) != 0)];
}
