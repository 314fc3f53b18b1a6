namespace Rlhf.Learning.Torch;

/// <summary>This machine, or this build, can't train as it was asked to.</summary>
/// <param name="message">What is missing, and what to do, in one sentence.</param>
/// <param name="cause">What told so.</param>
public sealed class TorchUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
