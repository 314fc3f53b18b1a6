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

    /// <summary>Takes a stored row into the chain, or says why it is not the next one.</summary>
    public string? WhyNot(StoredRow row)
    {
        var (expected, computed) = Next(row.Content);
        if (row.Sequence != expected)
        {
            return $"Entry {expected} is missing: entry {row.Sequence} follows entry {Sequence}.";
        }

        var stored = Read(row.Content);
        if (stored is { Kind: FeedbackKind.Erased })
        {
            unexplained.Add(expected);
        }
        else if (!computed.AsSpan().SequenceEqual(row.Checksum))
        {
            return $"Entry {expected} or its checksum was changed: {Convert.ToHexStringLower(row.Checksum)} is stored, "
                + $"{Convert.ToHexStringLower(computed)} is what its content gives.";
        }

        if (stored is not null && stored.Id != row.Id)
        {
            return $"Entry {expected} is filed under the id '{row.Id}', its content has the id '{stored.Id}'.";
        }

        if (stored?.Erasure is { } erasure)
        {
            unexplained.ExceptWith(erasure.Sequences());
        }

        Advance(row.Checksum);
        return null;
    }

    /// <summary>What is found when all rows were taken.</summary>
    public LedgerVerification AtEnd() => unexplained.Count == 0
        ? new LedgerVerification(Sequence, null, null)
        : new LedgerVerification(unexplained.Min - 1, unexplained.Min, $"Entry {unexplained.Min} is empty, and no erasure in the ledger names it.");

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
