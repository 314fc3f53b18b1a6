namespace Rlhf.Inference.Tests;

public sealed class KeptPrefixesTests
{
    private readonly LoadedVersion _version = new("v1", adapter: null);
    private readonly KeptPrefixes _kept = new();

    [Fact]
    public void TheLongestCommonBeginning_IsFound_AsByLookingAtAll()
    {
        // Three letters make for many common beginnings; some lists are there twice, some begin others.
        var random = new Random(1);
        var all = new List<KeptPrefix>();
        for (int round = 0; round < 400; round++)
        {
            int[] tokens = Tokens(random);
            (KeptPrefix? found, int common) = _kept.Find(_version, tokens);
            Assert.Equal(all.Select(other => other.Tokens.CommonPrefixLength(tokens)).DefaultIfEmpty(0).Max(), common);
            Assert.Equal(common, found is null ? 0 : found.Tokens.CommonPrefixLength(tokens));
            if (round % 3 == 2)
            {
                KeptPrefix gone = all[random.Next(all.Count)];
                _kept.Remove(gone);
                all.Remove(gone);
            }

            all.Add(Keep(_version, tokens));
        }
    }

    [Fact]
    public void WhatIsUsed_IsNotTheOldest()
    {
        KeptPrefix first = Keep(_version, [1, 2]);
        KeptPrefix second = Keep(_version, [3, 4]);
        Assert.Same(first, _kept.Oldest);
        _kept.Touch(first);
        Assert.Same(second, _kept.Oldest);
        _kept.Remove(second);
        Assert.Same(first, _kept.Oldest);
    }

    [Fact]
    public void AnotherVersionsTokens_AreNotFound()
    {
        Keep(_version, [1, 2, 3]);
        Assert.Null(_kept.Find(new LoadedVersion("v1", adapter: null), [1, 2, 3]).Prefix);
    }

    [Fact]
    public void OnlyARetiredVersionsTokens_AreNamedAsSuch()
    {
        var other = new LoadedVersion("v2", adapter: null);
        Keep(other, [1]);
        KeptPrefix first = Keep(_version, [1]);
        Assert.Null(_kept.OfRetired());
        _version.Retire();
        Assert.Same(first, _kept.OfRetired());
        _kept.Remove(first);
        Assert.Null(_kept.OfRetired());
    }

    private static int[] Tokens(Random random) => [.. Enumerable.Range(0, 1 + random.Next(8)).Select(_ => random.Next(3))];

    private KeptPrefix Keep(LoadedVersion version, int[] tokens)
    {
        var prefix = new KeptPrefix(version, tokens, new KeyValueCache(TestModels.Config, Kernels.Best, 1));
        _kept.Add(prefix);
        return prefix;
    }
}
