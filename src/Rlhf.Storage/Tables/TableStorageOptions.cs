namespace Rlhf.Storage;

/// <summary>Which tables to store in.</summary>
/// <param name="ConnectionString">The account: <c>AccountName=…;AccountKey=…;TableEndpoint=…</c>, or <c>UseDevelopmentStorage=true</c> for Azurite.</param>
/// <param name="Prefix">What the tables' names start with: letters and digits, a letter first. Servers of one prefix are one installation.</param>
public sealed record TableStorageOptions(string ConnectionString, string Prefix = "rlhf")
{
    /// <summary>The setting that the connection string comes from, which messages name.</summary>
    /// <value>The default value is <c>Storage:ConnectionString</c>.</value>
    public string Setting { get; init; } = "Storage:ConnectionString";

    /// <summary>How long one try of a request may take.</summary>
    /// <value>The default value is 5 seconds: with three more tries it ends within the 30 seconds of a grain call.</value>
    public TimeSpan TryTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long to wait before the first of three more tries, where the service does not say; it doubles with each.</summary>
    /// <value>The default value is 200 milliseconds.</value>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a reply's end waits until its turn is saved; then the turn waits in memory instead.</summary>
    /// <value>The default value is 2 seconds.</value>
    public TimeSpan TurnPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many bytes of turns may wait in memory while the tables don't answer. What comes then is refused.</summary>
    /// <value>The default value is 64 MiB: some 10,000 turns and more.</value>
    public long UnsavedTurnBytes { get; init; } = 64 << 20;
}
