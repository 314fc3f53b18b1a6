using System.ComponentModel.DataAnnotations;

namespace Rlhf.Learning.Data;

/// <summary>A file of dialogues and how often an epoch sees each of them.</summary>
/// <param name="Path">The file, as <see cref="DialogueReader"/> reads it.</param>
/// <param name="Copies">Times each dialogue comes in an epoch; the fraction is a chance, drawn anew for each dialogue and epoch.</param>
public sealed record DialogueSource(string Path, [property: Range(0.0, 1000.0)] double Copies = 1)
{
    /// <summary>The file's name without folder and endings.</summary>
    public string Name => System.IO.Path.GetFileName(Path).Split('.')[0];
}
