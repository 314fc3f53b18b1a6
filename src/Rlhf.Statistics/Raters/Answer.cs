namespace Rlhf.Statistics.Raters;

/// <summary>What one rater says of one item; items, raters and labels are numbered from 0. A rater answers an item once.</summary>
/// <param name="Item">The item.</param>
/// <param name="Rater">The rater.</param>
/// <param name="Label">The label.</param>
public readonly record struct Answer(int Item, int Rater, int Label);
