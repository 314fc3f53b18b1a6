namespace Rlhf.Deployment.Tests;

/// <summary>The files that are shipped.</summary>
internal static class Repository
{
    public static string Root { get; } = Above(AppContext.BaseDirectory);

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string Above(string folder) => File.Exists(Path.Combine(folder, "Rlhf.Orleans.sln")) ? folder : Above(Path.GetDirectoryName(folder)!);
}
