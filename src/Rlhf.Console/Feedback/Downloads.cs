using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Rlhf.WebConsole.Access;
using Rlhf.WebConsole.Api;

namespace Rlhf.WebConsole;

/// <summary>Files that a browser saves: it can send no key to the server's endpoints, so the console asks them for it.</summary>
internal static class Downloads
{
    public static void MapDownloads(this WebApplication app) => app.MapGet("/console/feedback.jsonl", FeedbackAsync).AllowAnonymous().ExcludeFromDescription().WithMetadata(new ConsolePage());

    private static async Task FeedbackAsync(HttpContext http, IHttpClientFactory clients, OwnAddress address)
    {
        using var client = clients.CreateClient(nameof(ServerApi));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address.Uri, "/v1/feedback/export" + http.Request.QueryString));
        Session.Of(http.User).AddTo(request);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, http.RequestAborted);
        http.Response.StatusCode = (int)response.StatusCode;
        http.Response.ContentType = response.Content.Headers.ContentType?.ToString();
        if (response.StatusCode == HttpStatusCode.OK)
        {
            http.Response.Headers.ContentDisposition = "attachment; filename=\"feedback.jsonl\"";
        }

        await response.Content.CopyToAsync(http.Response.Body, http.RequestAborted);
    }
}
