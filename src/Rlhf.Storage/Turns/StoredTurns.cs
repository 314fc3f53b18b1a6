using System.Collections;
using Rlhf.Contracts;

namespace Rlhf.Storage;

/// <summary>What is stored of a conversation: the turns that can be read, by number, and the numbers of those that can't.</summary>
/// <param name="turns">The turns, by number.</param>
/// <param name="damaged">The numbers of turns that are stored and unreadable, in their order.</param>
public sealed class StoredTurns(IReadOnlyList<Turn> turns, IReadOnlyList<int> damaged) : IReadOnlyList<Turn>
{
    /// <summary>Nothing is stored.</summary>
    public static StoredTurns None { get; } = new([], []);

    /// <summary>The numbers of turns that are stored and unreadable, in their order.</summary>
    public IReadOnlyList<int> Damaged => damaged;

    /// <summary>How many turns can be read.</summary>
    public int Count => turns.Count;

    /// <summary>How many turns are stored.</summary>
    public int Stored => turns.Count + damaged.Count;

    /// <summary>The highest number that a stored turn has, readable or not; 0 where nothing is stored.</summary>
    public int LastNumber => Math.Max(turns.Count > 0 ? turns[^1].Number : 0, damaged.Count > 0 ? damaged[^1] : 0);

    /// <summary>A turn that can be read.</summary>
    public Turn this[int index] => turns[index];

    /// <inheritdoc/>
    public IEnumerator<Turn> GetEnumerator() => turns.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Reads a conversation's rows, by number; what can't be read is reported and kept as a number.</summary>
    internal static StoredTurns Read(string conversation, IReadOnlyList<(int Number, byte[]? Content)> rows, StorageDamage damage)
    {
        var read = rows.Select(row => (row.Number, Turn: damage.Unless(() => TurnPlace.Read(conversation, row.Number, row.Content)))).ToList();
        return new StoredTurns([.. read.Select(row => row.Turn).OfType<Turn>()], [.. read.Where(row => row.Turn is null).Select(row => row.Number)]);
    }
}
