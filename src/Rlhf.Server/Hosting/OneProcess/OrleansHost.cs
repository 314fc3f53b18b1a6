namespace Rlhf.Server.Hosting;

/// <summary>The host on the polyfill of Microsoft.Orleans: always one process.</summary>
internal static class OrleansHost
{
    /// <summary>Why this build serves from one process only.</summary>
    public static string? WhyAlone => "this build's stand-in for the Microsoft.Orleans packages is one process with all roles: leave Roles and Clustering out, or build with -p:UsePolyfills=false";

    public static void AddOrleans(this WebApplicationBuilder builder, ProcessOptions process) => builder.AddLoneSilo(process);
}
