using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace Rlhf.Inference;

/// <summary>
/// Byte-level BPE: any text becomes ids and the same text again. Read and written as Hugging Face's <c>tokenizer.json</c>. Safe for
/// concurrent use.
/// </summary>
public sealed class Tokenizer
{
    // Enough for a language's common words; beyond it, and for long pieces, encoding is merely slower.
    private const int CachedPieces = 65_536;
    private const int LongestCachedPiece = 64;

    private readonly PreTokenizer _preTokenizer;
    private readonly BytePairs _pairs;
    private readonly byte[]?[] _bytes;
    private readonly Dictionary<string, int> _special;
    private readonly HashSet<int> _specialIds;
    private readonly string[] _specialLongestFirst;
    private readonly ConcurrentDictionary<string, int[]> _cache = new();
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cacheBySpan;
    private int _cached;

    internal Tokenizer(PreTokenizer preTokenizer, IReadOnlyDictionary<int, byte[]> vocabulary, IReadOnlyList<Merge> merges, IReadOnlyList<(int Id, string Content)> special)
    {
        _preTokenizer = preTokenizer;
        Merges = merges;
        Special = special;
        VocabularySize = 1 + Math.Max(vocabulary.Keys.DefaultIfEmpty(-1).Max(), special.Select(s => s.Id).DefaultIfEmpty(-1).Max());
        _bytes = new byte[VocabularySize][];
        var byteIds = new int[256];
        Array.Fill(byteIds, -1);
        foreach ((int id, byte[] bytes) in vocabulary)
        {
            _bytes[id] = bytes;
            if (bytes.Length == 1)
                byteIds[bytes[0]] = id;
        }

        int missing = Array.IndexOf(byteIds, -1);
        if (missing >= 0)
            throw new InvalidDataException($"The vocabulary lacks the byte 0x{missing:X2} ('{ByteAlphabet.Char((byte)missing)}'); byte-level BPE needs all 256.");
        _special = special.ToDictionary(s => s.Content, s => s.Id);
        _specialIds = [.. _special.Values];
        _specialLongestFirst = [.. _special.Keys.OrderByDescending(content => content.Length)];
        foreach ((int id, string content) in special)
            _bytes[id] = Encoding.UTF8.GetBytes(content);
        _pairs = new BytePairs(byteIds, merges);
        _cacheBySpan = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>One more than the largest id.</summary>
    public int VocabularySize { get; }

    /// <summary>The special tokens, such as <c>&lt;|end|&gt;</c>, with their ids.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens => _special;

    internal PreTokenizer PreTokenizer => _preTokenizer;

    internal IReadOnlyList<Merge> Merges { get; }

    internal IReadOnlyList<(int Id, string Content)> Special { get; }

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <exception cref="InvalidDataException">The file is broken or of a kind that is not supported; the message names key and value.</exception>
    public static Tokenizer Load(string path) => Parse(File.ReadAllText(path), path);

    /// <summary>Reads the text of a <c>tokenizer.json</c>; <paramref name="source"/> names it in errors.</summary>
    /// <exception cref="InvalidDataException">The text is broken or of a kind that is not supported; the message names key and value.</exception>
    public static Tokenizer Parse(string json, string source) => TokenizerJson.Parse(json, source);

    /// <summary>Writes a <c>tokenizer.json</c> that other tools read.</summary>
    public void Save(string path) => File.WriteAllText(path, ToJson());

    /// <summary>The text of a <c>tokenizer.json</c>.</summary>
    public string ToJson() => TokenizerJson.Write(this);

    /// <summary>The id of a special token, or null where there is none of that content.</summary>
    public int? SpecialId(string content) => _special.TryGetValue(content, out int id) ? id : null;

    /// <summary>Whether an id is a special token's.</summary>
    public bool IsSpecial(int id) => _specialIds.Contains(id);

    /// <summary>Text to ids.</summary>
    /// <param name="text">Any text; a lone surrogate becomes U+FFFD.</param>
    /// <param name="allowSpecial">
    /// Whether the content of a special token becomes its id. False by default: what a user types is text, whatever it looks like.
    /// </param>
    public int[] Encode(string text, bool allowSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>(text.Length / 3 + 4);
        if (!allowSpecial)
        {
            EncodeText(text, ids);
            return [.. ids];
        }

        int start = 0;
        while (NextSpecial(text, start) is { } found)
        {
            EncodeText(text[start..found.At], ids);
            ids.Add(_special[found.Content]);
            start = found.At + found.Content.Length;
        }

        EncodeText(start == 0 ? text : text[start..], ids);
        return [.. ids];
    }

    /// <summary>Ids to text. Bytes that are no UTF-8, as a cut-off reply may end in, become U+FFFD.</summary>
    /// <param name="ids">Ids of this vocabulary.</param>
    /// <param name="skipSpecial">Whether special tokens are left out (the default) or shown by their content.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is none of this vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        var bytes = new List<byte>(ids.Length * 4);
        foreach (int id in ids)
        {
            if (!skipSpecial || !IsSpecial(id))
                bytes.AddRange(Bytes(id));
        }

        return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(bytes));
    }

    /// <summary>The bytes an id stands for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is none of this vocabulary.</exception>
    public ReadOnlySpan<byte> Bytes(int id)
    {
        if (id < 0 || id >= _bytes.Length || _bytes[id] is not { } bytes)
            throw new ArgumentOutOfRangeException(nameof(id), id, $"The id is none of this vocabulary of {VocabularySize}.");
        return bytes;
    }

    /// <summary>Whether the vocabulary has this id; an embedding may have more rows than the tokenizer has ids.</summary>
    public bool Knows(int id) => id >= 0 && id < _bytes.Length && _bytes[id] is not null;

    private (int At, string Content)? NextSpecial(string text, int start)
    {
        (int At, string Content)? first = null;
        foreach (string content in _specialLongestFirst)
        {
            int at = text.IndexOf(content, start, StringComparison.Ordinal);
            if (at >= 0 && (first is null || at < first.Value.At))
                first = (at, content);
        }

        return first;
    }

    private void EncodeText(string text, List<int> ids)
    {
        if (text.Length == 0)
            return;
        var ends = new List<int>(text.Length / 4 + 4);
        _preTokenizer.Split(text, ends);
        int start = 0;
        foreach (int end in ends)
        {
            ids.AddRange(EncodePiece(text.AsSpan(start, end - start)));
            start = end;
        }
    }

    private int[] EncodePiece(ReadOnlySpan<char> piece)
    {
        if (_cacheBySpan.TryGetValue(piece, out int[]? known))
            return known;
        var bytes = new byte[Encoding.UTF8.GetByteCount(piece)];
        Encoding.UTF8.GetBytes(piece, bytes);
        int[] ids = _pairs.Encode(bytes);
        if (piece.Length <= LongestCachedPiece && _cached < CachedPieces && _cacheBySpan.TryAdd(piece, ids))
            Interlocked.Increment(ref _cached);
        return ids;
    }
}
