namespace Rlhf.Inference;

/// <summary>A JSON schema can't be drawn from: it is wrong, or uses what is not supported.</summary>
/// <param name="path">Where, as <c>properties.name.minLength</c>; empty for the schema itself.</param>
/// <param name="problem">What is wrong and what would be right; it goes on after the name of the place.</param>
public sealed class SchemaException(string path, string problem) : Exception($"'{(path.Length == 0 ? "schema" : path)}' {problem}")
{
    /// <summary>Where, as <c>properties.name.minLength</c>; empty for the schema itself.</summary>
    public string Path => path;

    /// <summary>What is wrong and what would be right.</summary>
    public string Problem => problem;
}
