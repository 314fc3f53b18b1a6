using System.Collections.Immutable;
using Rlhf.Contracts;

namespace Rlhf.Grains.Serving;

/// <summary>A reply to be drawn by one version.</summary>
/// <param name="Version">The version to draw with.</param>
/// <param name="Messages">The dialogue, oldest first.</param>
/// <param name="Sampling">How to draw.</param>
/// <param name="Client">Whose request it is: clients take turns where they have to wait.</param>
/// <param name="BestOf">How many replies to draw and choose the best of; null leaves it to the replica's configuration.</param>
internal sealed record DecodeRequest(string Version, ImmutableArray<ChatMessage> Messages, SamplingSettings Sampling, string Client, int? BestOf = null);
