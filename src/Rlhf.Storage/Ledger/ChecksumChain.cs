using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Rlhf.Contracts;

namespace Rlhf.Storage;

/// <summary>
/// Every entry's checksum is the SHA-256 of its predecessor's checksum (32 zeros before the first), its sequence as
/// eight big-endian bytes, and its content. A changed, removed or inserted entry breaks the chain from there on.
/// An erased entry keeps the checksum that it had, which nothing can be compared with any more but its successor's; an erasure further on has to name it.
/// </summary>
internal sealed class ChecksumChain(long sequence, byte[] checksum)
{
    private readonly SortedSet<long> unexplained = [];
    private readonly Findings breaks = new("entries of the ledger");
    private (long Held, long At, string Reason)? broken;
    private byte[] checksum = checksum;

    public ChecksumChain()
        : this(0, new byte[SHA256.HashSizeInBytes])
    {
    }

    /// <summary>The last sequence of the chain.</summary>
    public long Sequence { get; private set; } = sequence;

    /// <summary>What the next entry would be.</summary>
    public (long Sequence, byte[] Checksum) Next(ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> place = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(place, Sequence + 1);
        hash.AppendData(checksum);
        hash.AppendData(place);
        hash.AppendData(content);
        return (Sequence + 1, hash.GetHashAndReset());
    }

    /// <summary>Takes the next entry into the chain.</summary>
    public void Advance(byte[] next)
    {
        checksum = next;
        Sequence++;
    }

    /// <summary>Takes a stored row into the chain. Where it is not the next one that is noted, and the chain goes on from the row as it is.</summary>
    public void Take(StoredRow row)
    {
        var stored = Read(row.Content);
        var reason = WhyNot(row, stored);
        if (reason is not null)
        {
            Note(row.Sequence, reason);
        }

        if (stored is { Kind: FeedbackKind.Erased })
        {
            unexplained.Add(row.Sequence);
        }
        else if (stored?.Erasure is { } erasure)
        {
            unexplained.ExceptWith(erasure.Sequences());
        }

        (Sequence, checksum) = (row.Sequence, row.Checksum);
    }

    /// <summary>What is found when all rows were taken that there are up to a sequence.</summary>
    public LedgerVerification AtEnd(long? end = null)
    {
        foreach (var sequence in unexplained)
        {
            Note(sequence, $"Entry {sequence} is empty, and no erasure in the ledger names it.");
        }

        if (end > Sequence)
        {
            Note(Sequence + 1, $"Entry {Sequence + 1} is missing: the ledger ends at entry {end}.");
        }

        return broken is var (held, at, reason)
            ? new LedgerVerification(held, at, reason) { Breaks = [.. breaks.Told], Broken = breaks.Count }
            : new LedgerVerification(Sequence, null, null);
    }

    private void Note(long sequence, string reason)
    {
        breaks.Add(reason);
        if (broken is null || sequence < broken.Value.At)
        {
            broken = (Math.Min(Sequence, sequence - 1), sequence, reason);
        }
    }

    private string? WhyNot(StoredRow row, FeedbackEvent? stored)
    {
        var (expected, computed) = Next(row.Content);
        if (row.Sequence != expected)
        {
            return $"Entry {expected} is missing: entry {row.Sequence} follows entry {Sequence}.";
        }

        if (stored is not { Kind: FeedbackKind.Erased } && !computed.AsSpan().SequenceEqual(row.Checksum))
        {
            return $"Entry {expected} or its checksum was changed: {Convert.ToHexStringLower(row.Checksum)} is stored, "
                + $"{Convert.ToHexStringLower(computed)} is what its content gives.";
        }

        return stored is not null && stored.Id != row.Id
            ? $"Entry {expected} is filed under the id '{row.Id}', its content has the id '{stored.Id}'."
            : null;
    }

    private static FeedbackEvent? Read(byte[] content)
    {
        try
        {
            return Content.Feedback(content);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
