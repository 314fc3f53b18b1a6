namespace Rlhf.Storage.Tests.Folder;

public sealed class DataFolderTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    [Fact]
    public void A_missing_folder_is_created_with_all_its_parents()
    {
        var path = Path.Combine(temporary.Path, "a", "b");
        using var folder = new DataFolder(path);

        Assert.Equal(path, folder.Root);
        Assert.True(Directory.Exists(folder.Versions));
        Assert.True(Directory.Exists(folder.Jobs));
        Assert.Equal(Path.Combine(path, "jobs", "job-7"), folder.Job("job-7"));
    }

    [Fact]
    public void A_folder_in_use_is_refused_and_the_error_names_it_and_its_holder()
    {
        using var holder = new DataFolder(temporary.Path);

        var error = Assert.ThrowsAny<StorageException>(() => new DataFolder(temporary.Path));
        Assert.Contains($"{temporary.Path} is in use by process {Environment.ProcessId}.", error.Message);
    }

    [Fact]
    public void A_folder_that_was_closed_can_be_opened_again()
    {
        var first = new DataFolder(temporary.Path);
        first.Dispose();
        first.Dispose();
        using var second = new DataFolder(temporary.Path);
        first.Dispose();

        Assert.ThrowsAny<StorageException>(() => new DataFolder(temporary.Path));
    }

    [Fact]
    public void What_a_killed_holder_left_does_not_lock()
    {
        File.WriteAllText(Path.Combine(temporary.Path, "lock"), "");
        File.WriteAllText(Path.Combine(temporary.Path, "lock.pid"), "4711");

        using var folder = new DataFolder(temporary.Path);
    }

    [Fact]
    public void A_file_in_the_folders_place_is_named()
    {
        var file = Path.Combine(temporary.Path, "data");
        File.WriteAllText(file, "");

        Assert.Contains(file, Assert.Throws<StorageException>(() => new DataFolder(file)).Message);
        Assert.Contains(file, Assert.Throws<StorageException>(() => new DataFolder(Path.Combine(file, "below"))).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void A_folder_without_name_is_refused(string path) =>
        Assert.Contains("has no name", Assert.Throws<StorageException>(() => new DataFolder(path)).Message);

    [Theory]
    [InlineData("../job")]
    [InlineData("a/b")]
    [InlineData("")]
    public void A_job_can_not_lie_elsewhere(string job)
    {
        using var folder = new DataFolder(temporary.Path);
        Assert.Throws<ArgumentException>(() => folder.Job(job));
    }

    public void Dispose() => temporary.Dispose();
}
