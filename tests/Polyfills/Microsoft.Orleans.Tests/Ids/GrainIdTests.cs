using System.Text;
using Orleans.Runtime;

namespace Orleans.Tests.Ids;

public sealed class GrainIdTests
{
    [Fact]
    public void AGrainIdIsWrittenAsTypeAndKey()
    {
        var id = GrainId.Create("conversation", "a/b");

        Assert.Equal("conversation/a/b", id.ToString());
        Assert.Equal(id, GrainId.Parse("conversation/a/b"));
        Assert.False(GrainId.TryParse("no slash", out _));
        Assert.ThrowsAny<Exception>(() => GrainId.Parse("no slash"));
    }

    [Fact]
    public void KeysAreWrittenAsTheRealPackageWritesThem()
    {
        var guid = new Guid("0f8fad5b-d9cb-469f-a165-70867728950e");

        Assert.Equal("FF", GrainIdKeyExtensions.CreateIntegerKey(255).ToString());
        Assert.Equal("FFFFFFFFFFFFFFFF", GrainIdKeyExtensions.CreateIntegerKey(-1).ToString());
        Assert.Equal("0f8fad5bd9cb469fa16570867728950e", GrainIdKeyExtensions.CreateGuidKey(guid).ToString());
        Assert.Equal(-1, GrainId.Create(GrainType.Create("t"), GrainIdKeyExtensions.CreateIntegerKey(-1)).GetIntegerKey());
        Assert.Equal(guid, GrainId.Create(GrainType.Create("t"), GrainIdKeyExtensions.CreateGuidKey(guid)).GetGuidKey());
    }

    /// <summary>The digests of XXH32's own test suite and of the reference implementation, with their bytes turned round.</summary>
    [Theory]
    [InlineData("", 0x02CC5D05u)]
    [InlineData("a", 0x550D7456u)]
    [InlineData("abc", 0x32D153FFu)]
    [InlineData("Nobody inspects the spammish repetition", 0xE2293B2Fu)]
    public void TheUniformHashIsTheStoredOne(string text, uint xxh32)
    {
        var expected = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(xxh32);

        Assert.Equal(expected, StableHash.ComputeHash(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(expected, IdSpan.Create(text).GetUniformHashCode());
    }
}
