namespace Rlhf.Server.Requests;

/// <summary>Answers HEAD wherever GET is answered.</summary>
internal static class HeadRequests
{
    /// <summary>The endpoints see a GET; Kestrel, which knows better, leaves the body out.</summary>
    public static void UseHead(this WebApplication app)
    {
        app.Use(async (http, next) =>
        {
            var isHead = HttpMethods.IsHead(http.Request.Method);
            if (isHead)
            {
                http.Request.Method = HttpMethods.Get;
            }

            try
            {
                await next(http);
            }
            finally
            {
                if (isHead)
                {
                    http.Request.Method = HttpMethods.Head;
                }
            }
        });
        app.UseRouting(); // after the method was changed, and not as the first of all
    }
}
