using static TorchSharp.torch;

namespace TorchSharp.Tests.Scopes;

public sealed class DisposeScopeTests
{
    [Fact]
    public void AScopeDisposesWhatItsThreadMadeInIt()
    {
        Tensor inner;
        using var outer = ones(1);
        using (var scope = NewDisposeScope())
        {
            inner = outer + 1;
            Assert.True(scope.Contains(inner));
            Assert.False(scope.Contains(outer));
        }

        Assert.True(inner.IsInvalid);
        Assert.False(outer.IsInvalid);
    }

    [Fact]
    public void AMovedTensorLivesAsLongAsTheOuterScope()
    {
        Tensor moved;
        using (NewDisposeScope())
        {
            using (NewDisposeScope())
            {
                moved = ones(1).MoveToOuterDisposeScope();
            }

            Assert.False(moved.IsInvalid);
        }

        Assert.True(moved.IsInvalid);
    }

    [Fact]
    public void ATensorMovedOutOfTheOutermostScopeOrDetachedIsItsHoldersToDispose()
    {
        Tensor moved, detached;
        using (NewDisposeScope())
        {
            moved = ones(1).MoveToOuterDisposeScope();
            detached = ones(1).DetachFromDisposeScope();
        }

        Assert.False(moved.IsInvalid);
        Assert.False(detached.IsInvalid);
        moved.Dispose();
        detached.Dispose();
    }

    [Fact]
    public void ATensorFollowsAnotherIntoItsScope()
    {
        Tensor anchor, follower;
        using (NewDisposeScope())
        {
            anchor = ones(1);
            using (NewDisposeScope())
            {
                follower = ones(1).MoveToOtherDisposeScope(anchor);
            }

            Assert.False(follower.IsInvalid);
        }

        Assert.True(follower.IsInvalid);
    }

    [Fact]
    public void EverythingButWhatIsKeptGoesEarly()
    {
        using var scope = NewDisposeScope();
        var kept = ones(1);
        var dropped = ones(1);

        scope.DisposeEverythingBut(kept);

        Assert.False(kept.IsInvalid);
        Assert.True(dropped.IsInvalid);
        Assert.Equal(1, scope.DisposablesCount);
    }

    [Fact]
    public void ScopesArePerThread()
    {
        using var scope = NewDisposeScope();
        Tensor? made = null;

        var thread = new Thread(() => made = ones(1));
        thread.Start();
        thread.Join();

        Assert.False(scope.Contains(made!));
        made!.Dispose();
    }

    [Fact]
    public void ADisposedTensorSaysSo()
    {
        var x = ones(1);
        x.Dispose();
        x.Dispose();

        Assert.Throws<InvalidOperationException>(() => x + 1);
    }
}
