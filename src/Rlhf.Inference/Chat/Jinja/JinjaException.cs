namespace Rlhf.Inference.Jinja;

/// <summary>A template is not understood, or stopped.</summary>
internal sealed class JinjaException(string message, int line = 0, bool raised = false) : Exception(line > 0 ? $"line {line}: {message}" : message)
{
    /// <summary>Whether the template itself raised it, about the conversation.</summary>
    public bool Raised => raised;
}
