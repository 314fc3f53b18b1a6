using Rlhf.Learning.Training;
using static TorchSharp.torch;

namespace Rlhf.Learning.Tests.Training;

public sealed class TorchRuntimeTests
{
    // What the other tests of this process ask for.
    private const int ThreadsOfTests = 2;

    [Fact]
    public Task The_calling_thread_gets_the_threads_it_asked_for() => OnItsOwn(() =>
    {
        TorchRuntime.Start(threads: 1);
        Assert.Equal(1, get_num_threads());
        TorchRuntime.Start(ThreadsOfTests);
        Assert.Equal(ThreadsOfTests, get_num_threads());
    });

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 4, 1)]
    [InlineData(4, 4, 4)]
    [InlineData(8, 4, 4)]
    [InlineData(3, 4, 1)]
    public void Beside_one_there_is_one_number_in_a_process(int asked, int process, int given) => Assert.Equal(given, TorchRuntime.Allowed(asked, process));

    [Fact]
    public async Task A_thread_that_asks_for_more_than_others_have_gets_what_they_have()
    {
        await OnItsOwn(() => TorchRuntime.Start(ThreadsOfTests));

        await OnItsOwn(() =>
        {
            TorchRuntime.Start(ThreadsOfTests + 1);
            Assert.Equal(ThreadsOfTests, get_num_threads());
        });
    }

    [Fact]
    public void No_threads_at_all_are_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => TorchRuntime.Start(0));

    // The number belongs to the thread, and others' threads shall keep theirs.
    private static Task OnItsOwn(Action action) => Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
