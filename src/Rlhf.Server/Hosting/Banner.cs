using Microsoft.Extensions.Options;
using Rlhf.Grains.Versions;
using Rlhf.Inference;
using Rlhf.Storage;

namespace Rlhf.Server.Hosting;

/// <summary>The lines that greet the person at the terminal.</summary>
public static class Banner
{
    /// <summary>Prints where the server is, what it serves and how to try it, as soon as it takes requests.</summary>
    public static void PrintBannerWhenReady(this WebApplication app) => app.Lifetime.ApplicationStarted.Register(() =>
    {
        var catalog = app.Services.GetRequiredService<CatalogCache>().Current;
        var model = app.Services.GetRequiredService<BaseModel>();
        var data = app.Services.GetRequiredService<DataFolder>();
        var address = app.Urls.First().Replace("[::]", "localhost").Replace("0.0.0.0", "localhost");
        Console.WriteLine($"""
            Ready at {address} (open it in a browser to chat)
              model    {catalog.Model}, {model.Config.ParameterCount / 1e6:0.0} M parameters; {catalog.Live} is live
              data     {data.Root}{Elsewhere(app)}
              chat     curl {address}/v1/chat/completions -d '{JsonFor(catalog.Model)}'
              thumb    curl {address}/v1/feedback -d '{JsonForThumb}'
            """);
    });

    private static string Elsewhere(WebApplication app) =>
        app.Services.GetRequiredService<IOptions<StorageOptions>>().Value is { Provider: StorageOptions.AzureTables, Prefix: var prefix }
            ? $" for checkpoints; everything else in Azure tables named {prefix.ToLowerInvariant()}…"
            : "";

    private const string JsonForThumb = """{"completion_id":"<id of the reply>","thumbs":"up","rater":"me"}""";

    private static string JsonFor(string model) => $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hi, I would like a latte."}]}""";
}
