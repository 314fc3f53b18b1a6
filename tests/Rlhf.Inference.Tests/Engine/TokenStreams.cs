namespace Rlhf.Inference.Tests;

internal static class TokenStreams
{
    /// <summary>The tokens one at a time, however many come at once.</summary>
    public static async IAsyncEnumerable<DecodedToken> OneByOne(this IAsyncEnumerable<DecodedTokens> bursts)
    {
        await foreach (DecodedTokens burst in bursts)
        {
            foreach (DecodedToken token in burst.Tokens)
                yield return token;
        }
    }
}
