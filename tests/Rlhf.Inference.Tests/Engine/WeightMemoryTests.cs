namespace Rlhf.Inference.Tests;

public sealed unsafe class WeightMemoryTests
{
    [Fact]
    public void Parts_DoNotOverlap_AndStartCacheLines_AndAreZero()
    {
        var memory = new WeightMemory(2 << 20);
        var parts = Enumerable.Range(1, 40).Select(i => memory.Take((i * 100_003L) + i)).ToArray();
        for (int i = 0; i < parts.Length; i++)
        {
            Assert.Equal(0u, (nuint)parts[i].Pointer % 64);
            Assert.Equal(((i + 1) * 100_003L) + i + 1, parts[i].Length);
            var bytes = new Span<byte>(parts[i].Pointer, (int)parts[i].Length);
            Assert.Equal(-1, bytes.IndexOfAnyExcept((byte)0));
            bytes.Fill((byte)(i + 1));
        }

        for (int i = 0; i < parts.Length; i++)
            Assert.Equal(-1, new Span<byte>(parts[i].Pointer, (int)parts[i].Length).IndexOfAnyExcept((byte)(i + 1)));
    }

    [Fact]
    public void NeighboursLieSideBySide_AndLargeOnesAlone()
    {
        var memory = new WeightMemory(2 << 20);
        AlignedBytes first = memory.Take(1000), second = memory.Take(1000), large = memory.Take(100 << 20), third = memory.Take(1000);
        Assert.Equal(1024, second.Pointer - first.Pointer);
        Assert.Equal(1024, third.Pointer - second.Pointer);
        Assert.Equal(100 << 20, large.Length);
    }

    [Fact]
    public void APartKeepsItsBlock()
    {
        AlignedBytes part = new WeightMemory(1 << 20).Take(4096);
        new Span<byte>(part.Pointer, 4096).Fill(7);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal(-1, new Span<byte>(part.Pointer, 4096).IndexOfAnyExcept((byte)7));
        GC.KeepAlive(part);
    }

    [Fact]
    public void APartOfAPart_IsWithinIt()
    {
        AlignedBytes part = new AlignedBytes(1000).Part(100, 500);
        Assert.Equal(20, part.Part(20, 10).Pointer - part.Pointer);
        Assert.Throws<ArgumentOutOfRangeException>(() => part.Part(400, 101));
    }
}
