using Orleans.Runtime;
using Rlhf.Grains;
using Rlhf.Grains.Versions;
using Rlhf.Inference;
using Rlhf.Server.Keys;

namespace Rlhf.Server.Hosting;

/// <summary>The lines that greet the person at the terminal.</summary>
public static class Banner
{
    /// <summary>Prints where the server is, what it serves and how to try it, as soon as it takes requests.</summary>
    public static void PrintBannerWhenReady(this WebApplication app) => app.Lifetime.ApplicationStarted.Register(() =>
    {
        var process = app.Services.GetRequiredService<ProcessOptions>();
        var catalog = app.Services.GetRequiredService<CatalogCache>().Current;
        var address = app.Urls.First().Replace("[::]", "localhost").Replace("0.0.0.0", "localhost");
        var size = app.Services.GetService<BaseModel>() is { } model ? $", {model.Config.ParameterCount / 1e6:0.0} M parameters" : "";
        Console.WriteLine($"""
            Ready at {address}{(process.IsAlone ? " (open it in a browser to chat)" : $" as {process.Roles} of cluster {process.Clustering.ClusterId}{SiloOf(app)}")}
              model    {catalog.Model}{size}; {catalog.Live} is live
              data     {WhereOf(process)}
            """);
        if (process.Roles.HasFlag(ProcessRoles.Api))
        {
            var keyed = app.Services.GetRequiredService<KeyRing>().NeedsKeys;
            var header = keyed ? " -H \"Authorization: Bearer $RLHF_KEY\"" : "";
            Console.WriteLine($"""
                  keys     {(keyed ? "needed; './rlhf keys list' shows them" : "none needed on this machine; './rlhf keys add NAME' makes one")}
                  chat     curl {address}/v1/chat/completions{header} -d '{JsonFor(catalog.Model)}'
                  thumb    curl {address}/v1/feedback{header} -d '{JsonForThumb}'
                """);
        }
    });

    /// <summary>By this name the other processes and the responses' header call it.</summary>
    private static string SiloOf(WebApplication app) => app.Services.GetService<ILocalSiloDetails>() is { } silo ? $" (silo {silo.SiloAddress})" : "";

    private static string WhereOf(ProcessOptions process)
    {
        var folder = Path.GetFullPath(process.Data);
        if (process.Storage.Provider == StorageOptions.Sqlite)
        {
            return folder;
        }

        var tables = $"Azure tables named {process.Storage.Prefix.ToLowerInvariant()}…";
        return process.HasFolder ? $"{folder} for checkpoints; everything else in {tables}" : tables;
    }

    private const string JsonForThumb = """{"completion_id":"<id of the reply>","thumbs":"up","rater":"me"}""";

    private static string JsonFor(string model) => $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hi, I would like a latte."}]}""";
}
