using System.ComponentModel.DataAnnotations;
using System.Runtime.InteropServices;
using Rlhf.Learning.Pipeline;
using Rlhf.Learning.Torch;
using TorchSharp;

namespace Rlhf.Learning.Tests.Torch;

public sealed class LearnerDeviceTests
{
    [Fact]
    public void The_processor_is_always_there() => Assert.Equal(DeviceType.CPU, LearnerDevice.Open("cpu").type);

    [Theory]
    [InlineData("cuda")]
    [InlineData("cuda:3")]
    public void Without_CUDA_its_devices_are_refused_with_what_to_do(string name)
    {
        var error = Assert.Throws<TorchUnavailableException>(() => LearnerDevice.Cuda(name, count: 0));

        Assert.Contains($"'{name}'", error.Message);
        Assert.Contains("TORCH_BACKEND=cuda", error.Message);
        Assert.Contains("Learner:Device to cpu", error.Message);
    }

    [Fact]
    public void A_build_for_the_processor_refuses_a_GPU_without_a_word_of_TorchSharps_own()
    {
        if (NativeLibrary.TryLoad("torch_cuda", typeof(torch).Assembly, null, out _))
            return; // a build for CUDA

        Assert.Contains("TORCH_BACKEND=cuda", Assert.Throws<TorchUnavailableException>(() => LearnerDevice.Open("cuda")).Message);
    }

    [Fact]
    public void A_GPU_beyond_the_last_is_refused_with_those_that_are_there()
        => Assert.Contains("cuda:0 to cuda:1", Assert.Throws<TorchUnavailableException>(() => LearnerDevice.Cuda("cuda:2", count: 2)).Message);

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("CUDA")]
    public void Anything_else_is_refused_before_anything_starts(string name)
        => Assert.Throws<ValidationException>(() => new LearnerOptions { Device = name }.Validate());
}
