namespace Rlhf.Storage;

/// <summary>Which tables to store in.</summary>
/// <param name="ConnectionString">The account: <c>AccountName=…;AccountKey=…;TableEndpoint=…</c>, or <c>UseDevelopmentStorage=true</c> for Azurite.</param>
/// <param name="Prefix">What the tables' names start with: letters and digits, a letter first. Servers of one prefix are one installation.</param>
public sealed record TableStorageOptions(string ConnectionString, string Prefix = "rlhf")
{
    /// <summary>How long one try of a request may take.</summary>
    /// <value>The default value is 5 seconds: with three more tries it ends within the 30 seconds of a grain call.</value>
    public TimeSpan TryTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long to wait before the first of three more tries, where the service does not say; it doubles with each.</summary>
    /// <value>The default value is 200 milliseconds.</value>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);
}
