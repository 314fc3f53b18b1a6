using Rlhf.Learning.Data;
using Rlhf.Learning.Tests.Model;

namespace Rlhf.Learning.Tests.Data;

public sealed class BatchTests
{
    private static readonly Dialogue Order = new("1", [("user", "one large latte please"), ("assistant", "is the order correct"), ("user", "yes"), ("assistant", "thank you")]);

    [Fact]
    public void Fine_tuning_counts_the_assistants_words_and_their_end_and_nothing_else()
    {
        var template = TinyModels.Template;
        var encoded = EncodedDialogue.From(Order, template);

        var batch = TokenBatch.Padded([encoded], longest: 64, padding: template.EndId, assistantOnly: true);

        int[] expected = [.. TinyModels.Tokenizer.Encode("is the order correct"), template.EndId, .. TinyModels.Tokenizer.Encode("thank you"), template.EndId];
        Assert.Equal(expected, batch.Targets.Select(target => (int)target));
        Assert.All(batch.Positions.Zip(batch.Targets), pair => Assert.Equal(pair.Second, encoded.Ids[pair.First + 1]));
    }

    [Fact]
    public void Padding_is_never_predicted_from_and_never_a_target()
    {
        var longer = new EncodedDialogue([1, 9, 8, 7, 6], [true, true, true, true, true]);
        var shorter = new EncodedDialogue([1, 5], [true, true]);

        var batch = TokenBatch.Padded([longer, shorter], longest: 64, padding: 0, assistantOnly: false);

        Assert.Equal((2, 4), (batch.Rows, batch.Columns));
        Assert.Equal([1L, 9, 8, 7, 1, 5, 0, 0], batch.Ids);
        Assert.Equal([0L, 1, 2, 3, 4], batch.Positions);
        Assert.Equal([9L, 8, 7, 6, 5], batch.Targets);
    }

    [Fact]
    public void A_dialogue_beyond_the_context_is_cut_behind()
    {
        var batch = TokenBatch.Padded([new EncodedDialogue([1, 2, 3, 4, 5, 6], new bool[6])], longest: 3, padding: 0, assistantOnly: false);
        Assert.Equal([1L, 2, 3], batch.Ids);
        Assert.Equal([2L, 3, 4], batch.Targets);
    }

    [Fact]
    public void A_packed_row_begins_with_the_beginning_of_a_dialogue()
    {
        var dialogues = Enumerable.Range(0, 30).Select(i => new EncodedDialogue([1, .. Enumerable.Repeat(i + 10, 6)], new bool[7])).ToArray();
        var batches = new PackedBatches(dialogues, seed: 3, rows: 2, columns: 16);

        for (var step = 0; step < 12; step++)
        {
            var batch = batches.At(step);
            Assert.Equal((2, 16, 32), (batch.Rows, batch.Columns, batch.Targets.Length));
            Assert.Equal([1L, 1], new[] { batch.Ids[0], batch.Ids[16] });
            Assert.Equal(batch.Ids[1..16], batch.Targets[..15]);
        }
    }

    [Fact]
    public void The_order_depends_on_the_seed_alone()
    {
        var dialogues = Enumerable.Range(0, 200).Select(i => new EncodedDialogue([1, i, i + 1], [false, true, true], Copies: 1.5)).ToArray();
        var one = new PaddedBatches(dialogues, seed: 3, tokens: 32, longest: 64, padding: 0);
        var same = new PaddedBatches(dialogues, seed: 3, tokens: 32, longest: 64, padding: 0);
        var other = new PaddedBatches(dialogues, seed: 4, tokens: 32, longest: 64, padding: 0);

        var steps = Enumerable.Range(0, 60).Select(one.At).Select(batch => string.Join(',', batch.Ids)).ToArray();

        // Starting in the middle, as a resumed run does, and going back.
        Assert.Equal(steps[45], string.Join(',', same.At(45).Ids));
        Assert.Equal(steps[2], string.Join(',', same.At(2).Ids));
        Assert.NotEqual(steps, Enumerable.Range(0, 60).Select(other.At).Select(batch => string.Join(',', batch.Ids)));
    }

    [Fact]
    public void Too_little_data_is_said()
    {
        var batches = new PackedBatches([new EncodedDialogue([1, 2, 3], new bool[3])], seed: 1, rows: 4, columns: 16);
        Assert.Contains("1 dialogues", Assert.Throws<InvalidDataException>(() => batches.At(0)).Message);
    }
}
