using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace Rlhf.Storage.Tests.Ledger;

public sealed class ChecksumChainTests : IDisposable
{
    private readonly Store store = new();

    [Fact]
    public async Task An_untouched_ledger_verifies()
    {
        await store.Ledger.AppendAsync(Samples.Many(1100));
        store.Restart();
        await store.Ledger.AppendAsync(Samples.Thumbs("after the restart"));

        Assert.Equal(new LedgerVerification(1101, null, null), await store.Ledger.VerifyAsync());
    }

    [Theory]
    [InlineData("UPDATE feedback SET content = replace(content, 'true', 'false') WHERE sequence = 4", 4, "was changed")]
    [InlineData("UPDATE feedback SET checksum = zeroblob(32) WHERE sequence = 4", 4, "was changed")]
    [InlineData("UPDATE feedback SET id = 'another' WHERE sequence = 4", 4, "filed under the id 'another'")]
    [InlineData("DELETE FROM feedback WHERE sequence = 4", 5, "Entry 4 is missing")]
    [InlineData("DELETE FROM feedback WHERE sequence = 1", 2, "Entry 1 is missing")]
    [InlineData("DELETE FROM feedback WHERE sequence = 4; UPDATE feedback SET sequence = sequence - 1 WHERE sequence > 4", 4, "was changed")]
    public async Task A_ledger_that_was_tampered_with_says_where(string tampering, long brokenAt, string reason)
    {
        await store.Ledger.AppendAsync(Samples.Many(10));
        store.Close();
        using (var connection = new SqliteConnection($"Data Source={store.DatabaseFile};Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = tampering;
            command.ExecuteNonQuery();
        }

        store.Restart();
        var verification = await store.Ledger.VerifyAsync();
        Assert.False(verification.Holds);
        Assert.Equal(brokenAt, verification.BrokenAt);
        Assert.Contains(reason, verification.Reason);
    }

    [Fact]
    public async Task The_checksum_is_the_documented_one()
    {
        await store.Ledger.AppendAsync(Samples.Many(2));
        var rows = await store.Database.ReadAsync(
            s => s.All("SELECT content, checksum FROM feedback ORDER BY sequence", r => ((byte[])r[0], (byte[])r[1])),
            CancellationToken.None);

        var former = new byte[32];
        for (var i = 0; i < rows.Count; i++)
        {
            var (content, checksum) = rows[i];
            var place = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(place, i + 1);
            former = SHA256.HashData([.. former, .. place, .. content]);
            Assert.Equal(former, checksum);
        }
    }

    public void Dispose() => store.Dispose();
}
