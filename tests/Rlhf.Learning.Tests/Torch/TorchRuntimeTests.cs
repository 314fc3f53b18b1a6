using System.Runtime.InteropServices;
using Rlhf.Learning.Torch;
using static TorchSharp.torch;

namespace Rlhf.Learning.Tests.Torch;

public sealed partial class TorchRuntimeTests
{
    [Fact]
    public async Task Operators_have_one_thread_on_every_thread_of_the_process()
    {
        TorchRuntime.Start();

        Assert.Equal(1, get_num_threads());
        Assert.Equal(1, await Task.Factory.StartNew(get_num_threads, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
    }

    // Not .NET's environment, which is a copy that native libraries never see.
    [Fact]
    public void MKL_is_told_to_give_the_same_bits_whatever_memory_it_gets()
    {
        if (!OperatingSystem.IsLinux())
            return;

        var asked = Environment.GetEnvironmentVariable("MKL_CBWR");
        TorchRuntime.Start();

        Assert.Equal(asked ?? "AUTO,STRICT", Marshal.PtrToStringUTF8(GetEnv("MKL_CBWR")));
    }

    [Theory]
    [InlineData(
        "Unable to load shared library 'LibTorchSharp' or one of its dependencies.\n/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /app/libLibTorchSharp.so)\n/app/LibTorchSharp.so: cannot open shared object file: No such file or directory\n",
        "GLIBCXX_3.4.32 is missing", "./rlhf", "Debian 13")]
    [InlineData(
        "Unable to load shared library 'torch_cpu' or one of its dependencies.\n/app/torch_cpu.so: cannot open shared object file: No such file or directory\n/app/libtorch_cpu.so: file too short\n",
        "libtorch_cpu.so: file too short", "build the program again")]
    [InlineData("Unable to load shared library 'torch_cpu' or one of its dependencies.\n/app/torch_cpu.so: cannot open shared object file: No such file or directory\n", "do not lie in", "build the program again")]
    public void A_library_that_does_not_load_is_explained_in_one_sentence(string loaderMessage, params string[] says)
    {
        var sentence = TorchLibrary.Explain(loaderMessage);

        Assert.All(says, part => Assert.Contains(part, sentence));
        Assert.DoesNotContain('\n', sentence);
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetEnv(string name);
}
