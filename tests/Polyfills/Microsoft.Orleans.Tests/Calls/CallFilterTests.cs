using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Calls;

public interface ICashierGrain : IGrainWithStringKey
{
    Task<int> Price(int cups);

    Task Refuse();
}

internal sealed class CashierGrain(Stage stage) : Grain, ICashierGrain, IIncomingGrainCallFilter
{
    public Task<int> Price(int cups)
    {
        stage.Note($"price for {cups}");
        return Task.FromResult(cups * 3);
    }

    public Task Refuse() => throw new InvalidOperationException("closed");

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        stage.Note("own");
        await context.Invoke();
    }
}

public sealed class CallFilterTests
{
    [Fact]
    public async Task FiltersWrapTheCallFromOutsideIn()
    {
        await using var silo = await TestSilo.StartAsync();
        var stage = silo.Stage;
        await using var filtered = await TestSilo.StartAsync(s => s
            .AddIncomingGrainCallFilter(async context =>
            {
                stage.Note($"first {context.InterfaceName} {context.MethodName} {context.TargetId}");
                await context.Invoke();
                stage.Note($"first got {context.Result}");
            })
            .AddIncomingGrainCallFilter(async context =>
            {
                stage.Note($"second {context.ImplementationMethod.DeclaringType!.Name} {context.Request.GetArgument(0)}");
                await context.Invoke();
                context.Result = (int)context.Result! + 1;
            }));

        Assert.Equal(7, await filtered.Grains.GetGrain<ICashierGrain>("one").Price(2));
        Assert.Equal(
            ["first Orleans.Tests.Calls.ICashierGrain Price cashier/one", "second CashierGrain 2", "first got 7"], stage.Log);
        Assert.Equal(["own", "price for 2"], filtered.Stage.Log);
    }

    [Fact]
    public async Task AFilterMayChangeArgumentsAndAnswerForTheGrain()
    {
        await using var silo = await TestSilo.StartAsync(s => s.AddIncomingGrainCallFilter(async context =>
        {
            if ((int)context.Request.GetArgument(0)! == 0)
            {
                context.Result = -1;
                return;
            }

            context.Request.SetArgument(0, 10);
            await context.Invoke();
        }));
        var grain = silo.Grains.GetGrain<ICashierGrain>("one");

        Assert.Equal(-1, await grain.Price(0));
        Assert.Equal(30, await grain.Price(1));
    }

    [Fact]
    public async Task AFilterSeesTheError()
    {
        var seen = "";
        await using var silo = await TestSilo.StartAsync(s => s.AddIncomingGrainCallFilter(async context =>
        {
            try
            {
                await context.Invoke();
            }
            catch (InvalidOperationException error)
            {
                seen = error.Message;
                throw new NotSupportedException("translated");
            }
        }));

        await Assert.ThrowsAsync<NotSupportedException>(() => silo.Grains.GetGrain<ICashierGrain>("one").Refuse());
        Assert.Equal("closed", seen);
    }

    [Fact]
    public async Task OutgoingFiltersWrapTheCallAtItsCaller()
    {
        await using var silo = await TestSilo.StartAsync(s => s
            .AddOutgoingGrainCallFilter(async context =>
            {
                RequestContext.Set("traced", context.MethodName);
                await context.Invoke();
                context.Result = (int)context.Result! * 2;
            })
            .AddIncomingGrainCallFilter(async context =>
            {
                Assert.Equal("Price", RequestContext.Get("traced"));
                await context.Invoke();
            }));

        Assert.Equal(12, await silo.Grains.GetGrain<ICashierGrain>("one").Price(2));
    }
}
