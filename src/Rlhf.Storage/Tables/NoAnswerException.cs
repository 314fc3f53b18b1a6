namespace Rlhf.Storage.Tables;

/// <summary>The tables did not answer: what was asked of them may or may not be done.</summary>
internal sealed class NoAnswerException(string message, Exception inner) : StorageException(message, inner);
