namespace Rlhf.Server.Errors;

/// <summary>A request that is refused in words, and with a code, of OpenAI's own.</summary>
internal sealed class FailureException(Failure failure) : Exception(failure.Message)
{
    public Failure Failure => failure;
}
