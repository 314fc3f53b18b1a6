using Xunit;

namespace Rlhf.Testing;

/// <summary>A test that needs PostgreSQL; where it is missing the test is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgreSqlFactAttribute : FactAttribute
{
    /// <summary>Skips where there is none.</summary>
    public PostgreSqlFactAttribute()
    {
        Skip = PostgreSqlInstallation.Missing;
    }
}
