using System.ComponentModel.DataAnnotations;

namespace Rlhf.Learning.Data.Cleaning;

/// <summary>What a dialogue must be to be kept.</summary>
public sealed record CleaningOptions
{
    /// <summary>Fewest messages of a dialogue.</summary>
    /// <value>The default value is 2: somebody asks and somebody answers.</value>
    [Range(1, 10_000)]
    public int LeastMessages { get; init; } = 2;

    /// <summary>Fewest characters of a dialogue, all messages together.</summary>
    /// <value>The default value is 10.</value>
    [Range(0, 1_000_000)]
    public int LeastCharacters { get; init; } = 10;

    /// <summary>Most characters of a dialogue.</summary>
    /// <value>The default value is 100,000.</value>
    [Range(1, 100_000_000)]
    public int MostCharacters { get; init; } = 100_000;

    /// <summary>Longest line of a file in bytes; a longer one is dropped unread, so that no line fills the memory.</summary>
    /// <value>The default value is 4 MiB.</value>
    [Range(1_024, 1_073_741_824)]
    public int MostLineBytes { get; init; } = 4 << 20;

    /// <summary>Jaccard similarity of three-word shingles, estimated by MinHash, from which two dialogues are near duplicates; 1 leaves only exact ones.</summary>
    /// <value>The default value is 0.8.</value>
    [Range(0.5, 1.0)]
    public double Similarity { get; init; } = 0.8;

    /// <summary>Kept dialogues that a new one is compared with, the newest of each split. It bounds the memory: about 1.7 KiB each, for training once and for
    /// held-out dialogues twice.</summary>
    /// <value>The default value is 200,000.</value>
    [Range(1, 100_000_000)]
    public int Window { get; init; } = 200_000;

    /// <summary>Whether personal data is masked (<see cref="PersonalData"/>).</summary>
    /// <value>The default value is <see langword="true"/>.</value>
    public bool MaskPersonalData { get; init; } = true;

    /// <summary>Languages to keep, of those that <see cref="LanguageGuess"/> knows; empty keeps all. A dialogue whose language can't be told is kept.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>Throws when a value is out of its range.</summary>
    /// <exception cref="ValidationException">Names the option and its range.</exception>
    public void Validate()
    {
        Validator.ValidateObject(this, new ValidationContext(this), validateAllProperties: true);
        if (MostCharacters < LeastCharacters)
            throw new ValidationException($"MostCharacters is {MostCharacters}, below LeastCharacters, {LeastCharacters}: nothing would be kept.");
        if (Languages.FirstOrDefault(language => !LanguageGuess.Known.Contains(language)) is { } unknown)
            throw new ValidationException($"'{unknown}' is no language that can be told; those are {string.Join(", ", LanguageGuess.Known)}.");
    }
}
