using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>What a group of raters says of a version.</summary>
/// <param name="Name">The tag that its statements carry; empty for all statements together.</param>
/// <param name="Version">The version; empty for imported replies.</param>
/// <param name="Statements">Statements in the end, of all kinds.</param>
/// <param name="Kinds">How many of each kind.</param>
/// <param name="Raters">How many raters made them.</param>
/// <param name="Replies">How many replies they are on.</param>
/// <param name="Scored">How many of them say whether they like the reply.</param>
/// <param name="Score">The sum of their scores: 1 for a like, 0 for a dislike, a rating's or a label's part of the way.</param>
/// <param name="Squares">The sum of the squares of these scores.</param>
[GenerateSerializer, Immutable, Alias("rlhf.Cohort")]
public sealed record Cohort(
    string Name, string Version, int Statements, ImmutableSortedDictionary<string, int> Kinds, int Raters, int Replies, int Scored, double Score, double Squares);
