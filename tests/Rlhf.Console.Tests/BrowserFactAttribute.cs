namespace Rlhf.WebConsole.Tests;

/// <summary>A test that needs Chromium; where it is missing the test is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        Skip = Chromium.Missing;
    }
}

/// <inheritdoc cref="BrowserFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute()
    {
        Skip = Chromium.Missing;
    }
}

/// <summary>The system's browser.</summary>
internal static class Chromium
{
    private static readonly string[] Places = [Environment.GetEnvironmentVariable("CHROMIUM") ?? "", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    /// <summary>Where it is; null where it is not.</summary>
    public static string? Path { get; } = Places.FirstOrDefault(File.Exists);

    /// <summary>Why a test of it is skipped; null where it is there.</summary>
    public static string? Missing { get; } = Path is null ? "Chromium is not installed: apt-get install chromium, or name it in CHROMIUM." : null;
}
