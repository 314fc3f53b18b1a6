namespace Rlhf.Inference;

/// <summary>Neighbouring positions of one sequence in a step.</summary>
/// <param name="Cache">The sequence's keys and values.</param>
/// <param name="Adapter">The version's change, null for the bare trunk.</param>
/// <param name="Position">The first row's position.</param>
/// <param name="Tokens">A token for each row.</param>
/// <param name="LogitRows">How many rows, counted from the last, need logits.</param>
internal readonly record struct StepSlice(KeyValueCache Cache, PackedAdapter? Adapter, int Position, ReadOnlyMemory<int> Tokens, int LogitRows);

/// <summary>Rows that run through the model together: slices of sequences, those of one adapter side by side.</summary>
internal sealed class Step
{
    private readonly List<StepSlice> _slices = [];
    private readonly List<int> _firstRows = [];
    private readonly List<(PackedAdapter Adapter, int FirstRow, int Rows)> _adapterRuns = [];
    private readonly List<int> _logitRows = [];

    public IReadOnlyList<StepSlice> Slices => _slices;

    /// <summary>Rows of all slices.</summary>
    public int Rows { get; private set; }

    /// <summary>The rows that need logits, in order.</summary>
    public IReadOnlyList<int> LogitRows => _logitRows;

    /// <summary>Runs of rows with one adapter; rows of the bare trunk are in none.</summary>
    public IReadOnlyList<(PackedAdapter Adapter, int FirstRow, int Rows)> AdapterRuns => _adapterRuns;

    public int FirstRow(int slice) => _firstRows[slice];

    public void Clear()
    {
        _slices.Clear();
        _firstRows.Clear();
        _adapterRuns.Clear();
        _logitRows.Clear();
        Rows = 0;
    }

    public void Add(StepSlice slice)
    {
        int rows = slice.Tokens.Length;
        _slices.Add(slice);
        _firstRows.Add(Rows);
        for (int i = rows - slice.LogitRows; i < rows; i++)
            _logitRows.Add(Rows + i);
        if (slice.Adapter is { } adapter)
        {
            if (_adapterRuns is [.., var last] && last.Adapter == adapter && last.FirstRow + last.Rows == Rows)
                _adapterRuns[^1] = last with { Rows = last.Rows + rows };
            else
                _adapterRuns.Add((adapter, Rows, rows));
        }

        Rows += rows;
    }
}
