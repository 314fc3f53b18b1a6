using System.Globalization;
using System.Web;
using Azure.Core;
using Azure.Core.Pipeline;

namespace Azure.Data.Tables.Protocol;

/// <summary>
/// Signs each try of a request anew, for a signature holds its time. The scheme is SharedKeyLite of the Table service:
/// the HMAC-SHA256 of date, newline, and <c>/account/path[?comp=…]</c>, path as sent.
/// </summary>
internal sealed class SharedKeyPolicy(TableSharedKeyCredential credential) : HttpPipelineSynchronousPolicy
{
    public override void OnSendingRequest(HttpMessage message)
    {
        var date = DateTimeOffset.UtcNow.ToString("r", CultureInfo.InvariantCulture);
        var uri = message.Request.Uri.ToUri();
        var comp = HttpUtility.ParseQueryString(uri.Query)["comp"];
        var resource = $"/{credential.AccountName}{uri.AbsolutePath}{(comp is null ? "" : $"?comp={comp}")}";
        message.Request.Headers.SetValue("x-ms-date", date);
        message.Request.Headers.SetValue("Authorization", $"SharedKeyLite {credential.AccountName}:{credential.Sign($"{date}\n{resource}")}");
    }
}
