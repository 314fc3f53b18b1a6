using Rlhf.Learning.Training;
using static TorchSharp.torch;

namespace Rlhf.Learning.Tests.Training;

public sealed class TorchRuntimeTests
{
    [Fact]
    public async Task Operators_have_one_thread_on_every_thread_of_the_process()
    {
        TorchRuntime.Start();

        Assert.Equal(1, get_num_threads());
        Assert.Equal(1, await Task.Factory.StartNew(get_num_threads, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
    }
}
