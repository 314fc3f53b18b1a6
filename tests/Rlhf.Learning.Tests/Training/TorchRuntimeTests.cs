using Rlhf.Learning.Training;
using static TorchSharp.torch;

namespace Rlhf.Learning.Tests.Training;

public sealed class TorchRuntimeTests
{
    [Fact]
    public void The_calling_thread_gets_the_threads_it_asked_for()
    {
        var given = 0;
        var thread = new Thread(() =>
        {
            TorchRuntime.Start(threads: 1);
            given = get_num_threads();
        });
        thread.Start();
        thread.Join();
        Assert.Equal(1, given);
    }

    [Fact]
    public void No_threads_at_all_are_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => TorchRuntime.Start(0));
}
