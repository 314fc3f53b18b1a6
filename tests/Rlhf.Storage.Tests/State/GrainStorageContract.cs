using System.Collections.Immutable;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Rlhf.Storage.Tests.State;

/// <summary>What holds in every store.</summary>
public abstract class GrainStorageContract(StoreKind kind) : IDisposable
{
    private protected static readonly GrainId Grain = GrainId.Create("conversation", "c/1#é");
    private readonly Store store = new(kind);

    [ContractFact]
    public async Task What_was_never_written_is_a_fresh_state()
    {
        var state = await Read();

        Assert.False(state.RecordExists);
        Assert.Null(state.ETag);
        Assert.Empty(state.State!.Names);
    }

    [ContractFact]
    public async Task A_state_comes_back_as_it_was_after_a_restart()
    {
        var written = await Write(new GrainState<Orders>(Sample("flat white")));
        store.Restart();

        var read = await Read();
        Assert.True(read.RecordExists);
        Assert.Equal(written.ETag, read.ETag);
        Assert.Equivalent(written.State, read.State, strict: true);
    }

    [ContractFact]
    public async Task Every_write_has_an_etag_of_its_own()
    {
        var state = await Write(new GrainState<Orders>(Sample("a")));
        var first = state.ETag;
        await Write(state);

        Assert.NotNull(first);
        Assert.NotEqual(first, state.ETag);
        Assert.True(state.RecordExists);
    }

    [ContractFact]
    public async Task Of_two_activations_the_one_that_read_before_the_others_write_is_refused()
    {
        await Write(new GrainState<Orders>(Sample("first")));
        var (one, other) = (await Read(), await Read());
        one.State = Sample("one");
        var expected = other.ETag;
        await Write(one);

        var error = await Assert.ThrowsAsync<InconsistentStateException>(() => Write(other));
        Assert.Equal(expected, error.CurrentEtag);
        Assert.Contains(Grain.ToString(), error.Message);
        Assert.Equal(expected, other.ETag);
        Assert.Equal("one", Assert.Single((await Read()).State!.Names));
    }

    [ContractFact]
    public async Task A_first_write_is_refused_where_another_activation_has_written()
    {
        await Write(new GrainState<Orders>(Sample("first")));

        await Assert.ThrowsAsync<InconsistentStateException>(() => Write(new GrainState<Orders>(Sample("second"))));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync("orders", Grain, new GrainState<Orders>()));
    }

    [ContractFact]
    public async Task A_cleared_state_is_fresh_and_an_etag_from_before_never_fits_again()
    {
        var state = await Write(new GrainState<Orders>(Sample("a")));
        var stale = await Read();
        await Storage.ClearStateAsync("orders", Grain, state);

        Assert.False(state.RecordExists);
        Assert.Null(state.ETag);
        Assert.Empty(state.State!.Names);
        Assert.False((await Read()).RecordExists);
        await Assert.ThrowsAsync<InconsistentStateException>(() => Write(stale));

        await Write(state);
        await Assert.ThrowsAsync<InconsistentStateException>(() => Write(stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync("orders", Grain, stale));
    }

    [ContractFact]
    public async Task Clearing_what_was_never_written_is_no_error()
    {
        var state = await Read();
        await Storage.ClearStateAsync("orders", Grain, state);

        Assert.False(state.RecordExists);
    }

    [ContractFact]
    public async Task States_are_kept_apart_by_name_and_by_grain()
    {
        string[] neighbours = ["c/2", "c_1_é", "c\\1?é", "C/1#é", "c=2F1=23=C3=A9", new string('c', 2000)];
        await Storage.WriteStateAsync("orders", Grain, new GrainState<Orders>(Sample("a")));
        await Storage.WriteStateAsync("drafts", Grain, new GrainState<Orders>(Sample("b")));
        foreach (var neighbour in neighbours)
        {
            await Storage.WriteStateAsync("orders", GrainId.Create("conversation", neighbour), new GrainState<Orders>(Sample(neighbour)));
        }

        Assert.Equal(["a"], (await Read()).State!.Names);
        Assert.Equal(["b"], (await Read("drafts")).State!.Names);
    }

    [ContractFact]
    public async Task Of_many_concurrent_first_writes_one_wins()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            try
            {
                await Write(new GrainState<Orders>(Sample($"{i}")));
                return true;
            }
            catch (InconsistentStateException)
            {
                return false;
            }
        }));

        Assert.Single(results, won => won);
    }

    [ContractFact]
    public async Task A_state_of_another_shape_is_named()
    {
        await Storage.WriteStateAsync("orders", Grain, new GrainState<List<int>>([1, 2]));

        var error = await Assert.ThrowsAsync<StorageDamagedException>(() => Read());
        Assert.StartsWith($"The state 'orders' of grain {Grain} can't be read:", error.Message);
        Assert.EndsWith("Restore it from a backup.", error.Message);
    }

    [ContractFact]
    public async Task A_state_that_can_be_done_without_begins_anew_where_it_is_damaged_and_takes_its_place()
    {
        await Storage.WriteStateAsync("counts", Grain, new GrainState<List<int>>([1, 2]));

        var state = new GrainState<Counts>();
        await Storage.ReadStateAsync("counts", Grain, state);
        Assert.Equal(0, state.State!.Up);
        Assert.Contains($"The state 'counts' of grain {Grain} can't be read", Assert.Single(store.Damage.Found));
        state.State.Up = 3;
        await Storage.WriteStateAsync("counts", Grain, state);

        state = new GrainState<Counts>();
        await Storage.ReadStateAsync("counts", Grain, state);
        Assert.Equal(3, state.State!.Up);
        Assert.Single(store.Damage.Found);
        await Storage.ClearStateAsync("counts", Grain, state);
    }

    [ContractFact]
    public async Task What_was_stored_by_another_version_is_read_with_what_both_know()
    {
        await Storage.WriteStateAsync("orders", Grain, new GrainState<OlderOrders>(new OlderOrders { Names = ["a"], Gone = 3 }));

        var read = (await Read()).State!;
        Assert.Equal(["a"], read.Names);
        Assert.Empty(read.Prices);
        Assert.Null(read.Line);
    }

    public void Dispose()
    {
        store.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected IGrainStorage Storage => store.GrainStorage;

    private protected static Orders Sample(string name) => new()
    {
        Names = [name],
        Prices = ImmutableDictionary<string, double>.Empty.Add(name, double.NegativeInfinity),
        Day = DayOfWeek.Friday,
        At = new DateTimeOffset(2026, 11, 20, 12, 0, 0, 123, TimeSpan.FromHours(1)),
        Line = new Line("ein Kaffee, groß 🦊", null),
    };

    private protected async Task<GrainState<Orders>> Write(GrainState<Orders> state)
    {
        await Storage.WriteStateAsync("orders", Grain, state);
        return state;
    }

    private protected async Task<GrainState<Orders>> Read(string name = "orders")
    {
        var state = new GrainState<Orders>();
        await Storage.ReadStateAsync(name, Grain, state);
        return state;
    }

    private protected sealed class Orders
    {
        public List<string> Names { get; set; } = [];

        public ImmutableDictionary<string, double> Prices { get; set; } = ImmutableDictionary<string, double>.Empty;

        public DayOfWeek Day { get; set; }

        public DateTimeOffset At { get; set; }

        public Line? Line { get; set; }
    }

    private sealed class Counts : IExpendableState
    {
        public int Up { get; set; }
    }

    private sealed class OlderOrders
    {
        public List<string> Names { get; set; } = [];

        public int Gone { get; set; }
    }

    private protected sealed record Line(string Text, int? Number);
}

/// <summary>It holds in SQLite.</summary>
public sealed class SqliteGrainStorageTests() : GrainStorageContract(StoreKind.Sqlite);

/// <summary>It holds in tables.</summary>
public sealed class TableGrainStorageTests() : GrainStorageContract(StoreKind.Tables)
{
    [ContractFact]
    public async Task A_state_that_is_too_large_for_a_row_is_refused_with_its_limit_and_the_one_before_stays()
    {
        var state = await Write(new GrainState<Orders>(Sample("small")));
        state.State = Sample(new string('x', 1 << 20));

        var error = await Assert.ThrowsAsync<StorageException>(() => Write(state));
        Assert.Contains($"The state 'orders' of grain {Grain} is larger than 960 KiB", error.Message);
        state.State = Sample("small again");
        await Write(state);
        Assert.Equal("small again", Assert.Single((await Read()).State!.Names));
    }
}
