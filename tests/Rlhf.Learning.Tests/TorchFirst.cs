using System.Runtime.CompilerServices;
using Rlhf.Learning.Torch;

namespace Rlhf.Learning.Tests;

/// <summary>Tests use TorchSharp directly, too; none of them may be what loads it.</summary>
internal static class TorchFirst
{
    [ModuleInitializer]
    internal static void Start() => TorchRuntime.Start();
}
