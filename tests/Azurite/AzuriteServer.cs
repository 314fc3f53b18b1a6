using System.Diagnostics;
using System.Globalization;

namespace Rlhf.Testing;

/// <summary>A real Azurite in a process of its own, on a free port and in a folder that goes with it.</summary>
internal sealed class AzuriteServer : IDisposable
{
    private static readonly Lazy<AzuriteServer> OfAll = new(() =>
    {
        var server = new AzuriteServer();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Dispose();
        return server;
    });

    private readonly string folder = Directory.CreateTempSubdirectory("rlhf-azurite-").FullName;
    private Process? process;

    public AzuriteServer() => Start();

    /// <summary>The one that tests share which leave it alone; each has tables of its own there.</summary>
    public static AzuriteServer Shared => OfAll.Value;

    /// <summary>The port that it found free at its first start, and has kept since.</summary>
    public int Port { get; private set; }

    public string ConnectionString => ConnectionFor(Port);

    /// <summary>What a client needs that comes in by another port, a proxy's for example.</summary>
    public static string ConnectionFor(int port) =>
        "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
        + "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
        + $"TableEndpoint=http://127.0.0.1:{port}/devstoreaccount1";

    public void Start()
    {
        process = Process.Start(new ProcessStartInfo("node")
        {
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "Azurite", "azurite.js"), "--location", folder, "--tablePort", $"{Port}",
                "--disableTelemetry", "--skipApiVersionCheck", "--silent",
            },
            Environment = { ["AZURITE_MAIN"] = AzuriteInstallation.Main },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Port = int.Parse(Await("listens on port").Split(' ')[^1], CultureInfo.InvariantCulture);
        Await("successfully started");
    }

    /// <summary>Cuts it off at once: what is under way is done and not answered. What it acknowledged is on its disk.</summary>
    public void Stop()
    {
        process!.StandardInput.WriteLine("stop");
        process.StandardInput.Flush();
        Await("successfully closed");
        Kill();
    }

    /// <summary>Ends it at once.</summary>
    public void Kill()
    {
        process!.Kill();
        process.WaitForExit();
        process.Dispose();
        process = null;
    }

    public void Dispose()
    {
        if (process is not null)
        {
            Kill();
        }

        Directory.Delete(folder, recursive: true);
    }

    private string Await(string words)
    {
        while (process!.StandardOutput.ReadLine() is { } line)
        {
            if (line.Contains(words, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"Azurite ended before it {words}: {process.StandardError.ReadToEnd()}");
    }
}
