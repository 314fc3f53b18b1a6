namespace Orleans.Runtime;

public static class AsyncEnumerableExtensions
{
    /// <summary>How many items at most may be fetched from the grain at once; 1 gives every item as soon as it is there.</summary>
    public static IAsyncEnumerable<T> WithBatchSize<T>(this IAsyncEnumerable<T> self, int maxBatchSize)
    {
        if (self is IBatchedStream stream)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(maxBatchSize, 1);
            stream.MaxBatchSize = maxBatchSize;
        }

        return self;
    }
}

internal interface IBatchedStream
{
    int MaxBatchSize { get; set; }
}
