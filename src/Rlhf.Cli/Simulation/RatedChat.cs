namespace Rlhf.Cli.Simulation;

/// <summary>A chat and its thumb.</summary>
/// <param name="Opening">What the user said.</param>
/// <param name="Reply">What the model answered.</param>
/// <param name="Rater">Who pressed.</param>
/// <param name="Up">The thumb.</param>
internal sealed record RatedChat(string Opening, string Reply, string Rater, bool Up);
