using Orleans;

namespace Rlhf.Grains.Moderation;

/// <summary>A moderator can't be reached.</summary>
/// <param name="message">Which, and why; never what it was asked about.</param>
/// <param name="inner">What was met.</param>
[GenerateSerializer, Alias("rlhf.ModeratorUnavailableException")]
public sealed class ModeratorUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
