using Rlhf.Testing;

namespace Azure.Data.Tables.Tests;

public sealed class ConnectionTests
{
    [Fact]
    public void TheEmulatorAnAccountAndAnEndpointAreAllNamedByConnectionStrings()
    {
        Assert.Equal("http://127.0.0.1:10002/devstoreaccount1", new TableServiceClient("UseDevelopmentStorage=true").Uri.AbsoluteUri);
        var account = new TableServiceClient("DefaultEndpointsProtocol=https;AccountName=mine;AccountKey=AAAA;EndpointSuffix=core.windows.net");
        Assert.Equal(("mine", "https://mine.table.core.windows.net/"), (account.AccountName, account.Uri.AbsoluteUri));
        var named = new TableClient("AccountName=mine;AccountKey=AAAA;TableEndpoint=http://localhost:1/mine", "t");
        Assert.Equal(("mine", "t"), (named.AccountName, named.Name));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("AccountName=mine")]
    [InlineData("AccountKey=AAAA")]
    [InlineData("AccountName=mine;AccountKey=not base64")]
    [InlineData("UseDevelopmentStorage=false")]
    public void AConnectionStringThatNamesNoAccountIsRefused(string text) =>
        Assert.ThrowsAny<Exception>(() => new TableServiceClient(text));

    [AzuriteFact]
    public async Task AWrongKeyIsRefused()
    {
        var wrong = AzuriteServer.Shared.ConnectionString.Replace("Eby8", "Fby8");
        var error = await Assert.ThrowsAsync<RequestFailedException>(() => new TableClient(wrong, "t").CreateIfNotExistsAsync());

        Assert.Equal(403, error.Status);
    }
}
