namespace Rlhf.Inference.Tests;

public sealed class WaitingRequestsTests
{
    private static readonly BaseModel Model = TestModels.Random();
    private readonly WaitingRequests _waiting = new();

    [Fact]
    public void Clients_TakeTurns_HoweverManyRequestsOneHas()
    {
        Add("a", "a", "a", "a", "b", "b", "c");
        Assert.Equal(["a", "b", "c", "a", "b", "a", "a"], TakeAll());
        Assert.Null(_waiting.Take());
    }

    [Fact]
    public void OneClientsRequests_KeepTheirOrder()
    {
        Sequence[] added = Add("a", "a", "a");
        Assert.Equal(added, [_waiting.Take()!, _waiting.Take()!, _waiting.Take()!]);
    }

    [Fact]
    public void WhoeverHasTheFewestRunning_GoesFirst()
    {
        Add("a", "a", "a");
        Sequence[] running = [_waiting.Take()!, _waiting.Take()!];
        Add("b", "b", "b");
        Assert.Equal(["b", "b"], [_waiting.Take()!.Client, _waiting.Take()!.Client]);
        _waiting.Released(running[0]);
        _waiting.Released(running[1]);
        Assert.Equal("a", _waiting.Take()!.Client);
    }

    [Fact]
    public void NewClients_DoNotOvertakeForEver()
    {
        Add("old", "old");
        _waiting.Released(_waiting.Take()!);
        for (int i = 0; i < 3; i++)
            Add($"new {i}");
        Assert.Equal("old", _waiting.Take()!.Client);
    }

    [Fact]
    public void WhoeverLeaves_IsNotServed()
    {
        Sequence[] added = Add("a", "a", "b");
        Assert.True(_waiting.Remove(added[0]));
        Assert.False(_waiting.Remove(added[0]));
        Assert.Equal(2, _waiting.Count);
        Assert.Same(added[1], _waiting.Take());
        Assert.Equal([added[2]], _waiting.TakeAll());
        Assert.Equal(0, _waiting.Count);
    }

    [Fact]
    public void ALongerLine_LosesItsLast_ForOneThatStaysShorter()
    {
        Sequence[] added = Add("a", "a", "a", "b");
        Assert.Same(added[2], _waiting.LastOfALongerLine("b"));
        Assert.Same(added[2], _waiting.LastOfALongerLine("c"));
        Assert.Null(_waiting.LastOfALongerLine("a"));
        _waiting.Remove(added[2]);
        Assert.Null(_waiting.LastOfALongerLine("b"));
    }

    private Sequence[] Add(params string[] clients)
    {
        Sequence[] added = [.. clients.Select(client => new Sequence(
            new GenerationRequest { Version = "base", Prompt = [1], Client = client }, new LoadedVersion("base", adapter: null), Model, seed: 1, new WholeReply()))];
        foreach (Sequence sequence in added)
            _waiting.Add(sequence);
        return added;
    }

    private List<string> TakeAll()
    {
        var clients = new List<string>();
        while (_waiting.Take() is { } sequence)
            clients.Add(sequence.Client);
        return clients;
    }
}
