using Xunit;

namespace Rlhf.Testing;

/// <summary>A test that needs Azurite; where it is missing the test is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AzuriteFactAttribute : FactAttribute
{
    public AzuriteFactAttribute()
    {
        Skip = AzuriteInstallation.Missing;
    }
}

/// <inheritdoc cref="AzuriteFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AzuriteTheoryAttribute : TheoryAttribute
{
    public AzuriteTheoryAttribute()
    {
        Skip = AzuriteInstallation.Missing;
    }
}
