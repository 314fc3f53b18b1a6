using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace Rlhf.Inference;

/// <summary>
/// Byte-pair encoding, over bytes as in GPT-2 or over characters with bytes to fall back on as in SentencePiece: any text becomes ids
/// and the same text again. Read and written as Hugging Face's <c>tokenizer.json</c>. Safe for concurrent use.
/// </summary>
/// <remarks>
/// Our own, not Microsoft.ML.Tokenizers': that reads no <c>tokenizer.json</c>, cuts letters beyond the Basic Multilingual Plane in two, and
/// takes 1.2 to 2 times as long for the same ids.
/// Added tokens are looked for in the text as it is, before it is normalised, whatever their <c>normalized</c> says.
/// </remarks>
public sealed class Tokenizer
{
    // Enough for a language's common words; beyond it, and for long pieces, encoding is merely slower.
    private const int CachedPieces = 65_536;
    private const int LongestCachedPiece = 64;

    private readonly TokenizerParts _parts;
    private readonly AddedTokens _added;
    private readonly BytePairs _pairs;
    private readonly byte[]?[] _bytes;
    private readonly Dictionary<string, int> _special;
    private readonly HashSet<int> _specialIds;
    private readonly ConcurrentDictionary<string, int[]> _cache = new();
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cacheBySpan;
    private int _cached;

    internal Tokenizer(TokenizerParts parts)
    {
        _parts = parts;
        _added = new AddedTokens(parts.Added);
        _pairs = new BytePairs(parts.Merges);
        VocabularySize = 1 + parts.Vocabulary.Keys.Concat(parts.Added.Select(token => token.Id)).DefaultIfEmpty(-1).Max();
        _bytes = new byte[VocabularySize][];
        foreach ((int id, byte[] bytes) in parts.Vocabulary)
            _bytes[id] = bytes;
        foreach (AddedToken token in parts.Added)
            _bytes[token.Id] = Encoding.UTF8.GetBytes(token.Content);
        _special = parts.Added.Where(token => token.Special).ToDictionary(token => token.Content, token => token.Id);
        _specialIds = [.. _special.Values];
        _cacheBySpan = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>One more than the largest id.</summary>
    public int VocabularySize { get; }

    /// <summary>The special tokens, such as <c>&lt;|end|&gt;</c>, with their ids.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens => _special;

    internal TokenizerParts Parts => _parts;

    /// <summary>Whether a text's first blank is not the text's own; <see cref="Decode"/> and <see cref="TextStream"/> take it away.</summary>
    internal bool DropsLeadingBlank => _parts.DropsLeadingBlank;

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <exception cref="InvalidDataException">The file is broken or of a kind that is not supported; the message names key and value.</exception>
    public static Tokenizer Load(string path) => Parse(File.ReadAllText(path), path);

    /// <summary>Reads the text of a <c>tokenizer.json</c>; <paramref name="source"/> names it in errors.</summary>
    /// <exception cref="InvalidDataException">The text is broken or of a kind that is not supported; the message names key and value.</exception>
    public static Tokenizer Parse(string json, string source) => TokenizerJson.Parse(json, source);

    /// <summary>Writes a <c>tokenizer.json</c> that other tools read.</summary>
    public void Save(string path) => File.WriteAllText(path, ToJson());

    /// <summary>The text of a <c>tokenizer.json</c>.</summary>
    public string ToJson() => _parts.Json ?? TrainedTokenizerJson.Write(this);

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
        return Encode(text, allowSpecial ? [] : [new TextRange(0, text.Length)]);
    }

    /// <summary>A text that is read on its own, with the ids that the tokenizer puts in front and behind, such as a begin-of-text.</summary>
    /// <param name="text">Any text; special tokens are not recognised in it.</param>
    public int[] EncodeDocument(string text) => [.. _parts.Before, .. Encode(text), .. _parts.Behind];

    /// <summary>Text of which some is foreign: whatever that looks like, no special token is read out of it.</summary>
    internal int[] Encode(string text, IReadOnlyList<TextRange> foreign)
    {
        var ids = new List<int>(text.Length / 3 + 4);
        int start = 0;
        while (_added.Next(text, start, foreign) is var (token, at, end))
        {
            EncodeText(text[start..at], start == 0, ids);
            ids.Add(token.Id);
            start = end;
        }

        EncodeText(start == 0 ? text : text[start..], start == 0, ids);
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

        ReadOnlySpan<byte> all = CollectionsMarshal.AsSpan(bytes);
        return Encoding.UTF8.GetString(DropsLeadingBlank && all is [(byte)' ', ..] ? all[1..] : all);
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

    private void EncodeText(string text, bool first, List<int> ids)
    {
        if (text.Length == 0)
            return;
        string prepared = _parts.PreTokenizer.Prepare(_parts.Normalizer.Apply(text), first);
        var ends = new List<int>(prepared.Length / 4 + 4);
        _parts.PreTokenizer.Split(prepared, ends);
        int start = 0;
        foreach (int end in ends)
        {
            ids.AddRange(EncodePiece(prepared.AsSpan(start, end - start)));
            start = end;
        }
    }

    private int[] EncodePiece(ReadOnlySpan<char> piece)
    {
        if (_cacheBySpan.TryGetValue(piece, out int[]? known))
            return known;
        int[] ids = _parts.WholePieces is { } whole && whole.TryGetValue(_parts.Symbols.Entry(piece), out int id) ? [id] : _pairs.Apply(_parts.Symbols.Of(piece));
        if (piece.Length <= LongestCachedPiece && _cached < CachedPieces && _cacheBySpan.TryAdd(piece, ids))
            Interlocked.Increment(ref _cached);
        return ids;
    }
}
