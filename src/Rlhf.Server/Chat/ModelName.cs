using Rlhf.Contracts;

namespace Rlhf.Server.Chat;

/// <summary>What a client calls a model: <c>name</c>, or <c>name:version</c> for one version of it.</summary>
/// <param name="Name">The model.</param>
/// <param name="Version">The version, or null to let the catalogue choose.</param>
internal readonly record struct ModelName(string Name, string? Version)
{
    public static ModelName Parse(string text) =>
        text.IndexOf(':') is >= 0 and var colon ? new(text[..colon], text[(colon + 1)..]) : new(text, null);

    /// <summary>Refuses a model or version that the catalogue does not serve.</summary>
    public void RequireServed(ModelCatalog catalog)
    {
        if (Name != catalog.Model || (Version is not null && !catalog.Serves(Version)))
        {
            throw new RefusedException(Refusal.NotFound, $"The model '{this}' does not exist or is not served; GET /v1/models lists what is, '{catalog.Model}' among it.", "model");
        }
    }

    public override string ToString() => Version is null ? Name : $"{Name}:{Version}";
}
