using System.Diagnostics;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Health;

public sealed class FullDiskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SmallDiskFact]
    public async Task A_full_disk_is_seen_by_the_readiness_check_until_there_is_room()
    {
        using var disk = SmallDisk.At(_folder.Path)!;
        await using var server = await RunningServer.StartAsync(_folder.Path);
        Assert.Equal(200, (int)(await server.Client.GetAsync("health/ready")).StatusCode);

        var filling = Path.Combine(_folder.Path, "filling");
        await using (var file = File.Create(filling))
        {
            var free = new DriveInfo(_folder.Path).AvailableFreeSpace;
            await file.WriteAsync(new byte[free - (1024 * 1024)]);
        }

        Assert.Equal(503, (int)(await server.Client.GetAsync("health/ready")).StatusCode);
        Assert.Equal(200, (int)(await server.Client.GetAsync("health/live")).StatusCode);
        File.Delete(filling);
        Assert.Equal(200, (int)(await server.Client.GetAsync("health/ready")).StatusCode);
    }

    /// <summary>A disk of 32 MiB in memory, where this process may mount one.</summary>
    private sealed class SmallDisk : IDisposable
    {
        private readonly string _folder;

        private SmallDisk(string folder) => _folder = folder;

        public static SmallDisk? At(string folder) => Run("mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", folder) ? new SmallDisk(folder) : null;

        public void Dispose() => Run("umount", "-l", _folder);

        private static bool Run(string program, params string[] arguments)
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
                process.WaitForExit();
                return process.ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;
            }
        }
    }

    private sealed class SmallDiskFactAttribute : FactAttribute
    {
        public SmallDiskFactAttribute()
        {
            using var folder = new TemporaryFolder();
            using var disk = OperatingSystem.IsLinux() ? SmallDisk.At(folder.Path) : null;
            Skip = disk is null ? "This process may not mount a disk in memory (mount -t tmpfs), as root may." : null;
        }
    }
}
