using System.Text.Json;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Feedback;

/// <summary>Records an import's items in batches while the rest of them arrives, so that an import takes the memory of a batch however many there are
/// beside it, and a slow sender keeps nobody waiting.</summary>
internal sealed class ImportBatches(FeedbackImport import)
{
    private const int BatchCharacters = 1024 * 1024;
    private readonly List<ImportedFeedback> _batch = [];
    private readonly List<RejectedItem> _rejected = [];
    private int _characters;
    private int _good;
    private int _imported;

    /// <summary>Takes the next item; a bad one is reported and the rest goes in.</summary>
    public async Task AddAsync(JsonElement item, CancellationToken cancellationToken)
    {
        var index = _good + _rejected.Count;
        try
        {
            var given = RequestContract.Read<ImportItem>(item, $"items[{index}]").ToFeedback($"items[{index}]");
            _batch.Add(given);
            _good++;
            _characters += given.Completion.Length + (given.Rejected?.Length ?? 0) + given.Messages.Sum(message => message.Content.Length);
        }
        catch (RefusedException error)
        {
            _rejected.Add(new RejectedItem(index, error.Message));
        }

        if (_characters >= BatchCharacters)
        {
            await RecordAsync(cancellationToken);
        }
    }

    /// <summary>Records what is left.</summary>
    /// <returns>What became of all items.</returns>
    public async Task<ImportBody> EndAsync(CancellationToken cancellationToken)
    {
        await RecordAsync(cancellationToken);
        return new ImportBody(_imported, _good - _imported, _rejected);
    }

    private async Task RecordAsync(CancellationToken cancellationToken)
    {
        _imported += await import.RecordAsync(_batch, cancellationToken);
        _batch.Clear();
        _characters = 0;
    }
}
