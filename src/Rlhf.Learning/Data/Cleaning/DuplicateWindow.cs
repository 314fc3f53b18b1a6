using System.Security.Cryptography;
using System.Text;

namespace Rlhf.Learning.Data.Cleaning;

/// <summary>The last so many texts that were kept, found again by what is the same or nearly the same: locality-sensitive hashing of MinHash signatures in 16
/// bands of 8 entries (Indyk and Motwani 1998; Leskovec et al., Mining of Massive Datasets, chapter 3). A pair of similarity 0.8 meets in a band with a
/// probability of 0.95, one of 0.9 with more than 0.999; whether it is one the whole signatures say.</summary>
/// <remarks>Memory is bounded by the capacity, about 1.7 KiB a text: its signature, and a place in the list of each band.</remarks>
internal sealed class DuplicateWindow(int capacity, double similarity)
{
    private const int Bands = 16;
    private const int Rows = MinHash.Length / Bands;
    private const int Lists = Bands + 1; // the last one is by the whole text

    // Of texts that share a band only the newest are compared, so that a file made of one pattern takes no quadratic time.
    private const int MostCompared = 512;

    private readonly List<Entry> _entries = []; // a ring: text n lies at n modulo capacity
    private readonly Dictionary<ulong, long>[] _newest = [.. Enumerable.Range(0, Lists).Select(_ => new Dictionary<ulong, long>())];
    private long _added;

    /// <summary>Texts that were added and have left the window.</summary>
    public long Forgotten => Math.Max(0, _added - capacity);

    /// <summary>Looks for a text, and takes it into the window where there is none like it.</summary>
    /// <param name="name">What to call it when another one is found to repeat it.</param>
    /// <param name="whole">All that makes it: two texts with the same whole are exact duplicates.</param>
    /// <param name="words">What its similarity is measured by.</param>
    /// <returns>The name of the one it repeats, or null.</returns>
    public (string Name, bool Exact)? FindOrAdd(string name, string whole, string words)
    {
        var candidate = Candidate.Of(name, whole, words);
        if (Find(candidate) is { } found)
            return found;

        Add(candidate);
        return null;
    }

    /// <summary>Looks for a text.</summary>
    public (string Name, bool Exact)? Find(string whole, string words) => Find(Candidate.Of("", whole, words));

    private (string Name, bool Exact)? Find(Candidate text)
    {
        if (Chain(Bands, text.Keys[Bands]).Select(n => At(n).Text).FirstOrDefault(other => other.Exact == text.Exact) is { Name: var exact })
            return (exact, true);
        if (similarity >= 1)
            return null;
        for (var band = 0; band < Bands; band++)
        {
            foreach (var n in Chain(band, text.Keys[band]))
            {
                if (MinHash.Similarity(At(n).Text.Signature, text.Signature) >= similarity)
                    return (At(n).Text.Name, false);
            }
        }

        return null;
    }

    private void Add(Candidate text)
    {
        if (_added >= capacity)
            Forget(_added - capacity);
        var before = new long[Lists];
        for (var list = 0; list < Lists; list++)
        {
            before[list] = _newest[list].GetValueOrDefault(text.Keys[list], -1);
            _newest[list][text.Keys[list]] = _added;
        }

        if (_added < capacity)
            _entries.Add(new Entry(text, before));
        else
            _entries[(int)(_added % capacity)] = new Entry(text, before);
        _added++;
    }

    /// <summary>Takes the oldest one out. Those of its lists that began with it are empty now; in the others it is behind the end.</summary>
    private void Forget(long oldest)
    {
        var keys = At(oldest).Text.Keys;
        for (var list = 0; list < Lists; list++)
        {
            if (_newest[list].GetValueOrDefault(keys[list], -1) == oldest)
                _newest[list].Remove(keys[list]);
        }
    }

    /// <summary>The texts of a list, newest first, as far as they are in the window.</summary>
    private IEnumerable<long> Chain(int list, ulong key)
    {
        var n = _newest[list].GetValueOrDefault(key, -1);
        for (var compared = 0; n >= 0 && n >= _added - capacity && compared < MostCompared; compared++)
        {
            yield return n;
            n = At(n).Before[list];
        }
    }

    private Entry At(long n) => _entries[(int)(n % capacity)];

    private readonly record struct Entry(Candidate Text, long[] Before);

    private sealed record Candidate(string Name, UInt128 Exact, uint[] Signature, ulong[] Keys)
    {
        public static Candidate Of(string name, string whole, string words)
        {
            var exact = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(whole)));
            var signature = MinHash.Of(words);
            var keys = new ulong[Lists];
            for (var band = 0; band < Bands; band++)
            {
                foreach (var entry in signature.AsSpan(band * Rows, Rows))
                    keys[band] = (ulong.RotateLeft(keys[band], 29) ^ entry) * 0x94D049BB133111EBUL;
            }

            keys[Bands] = (ulong)exact;
            return new Candidate(name, exact, signature, keys);
        }
    }
}
