using System.IO.Compression;
using System.Text;

namespace Rlhf.Cli.Output;

/// <summary>A file that appears under its name when it is whole: it is written under another one first. Gzip by the ending <c>.gz</c>.</summary>
internal sealed class WholeFile : IDisposable
{
    // .NET keeps the bare errno in HResult on Unix.
    private const int NoSpace = 28, QuotaExceeded = 122, WindowsDiskFull = unchecked((int)0x80070070);

    private readonly string _path;
    private readonly FileStream _file;
    private readonly StreamWriter _writer;
    private bool _closed;

    private WholeFile(string path)
    {
        _path = path;
        _file = new FileStream(Unfinished, FileMode.Create, FileAccess.Write);
        _writer = new StreamWriter(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(_file, CompressionLevel.Optimal, leaveOpen: true) : _file, new UTF8Encoding(false), bufferSize: 1 << 16);
    }

    private string Unfinished => _path + ".new";

    /// <summary>Begins a file.</summary>
    /// <exception cref="CommandException">It can't be written there.</exception>
    public static WholeFile Create(string path)
    {
        try
        {
            return Directory.Exists(path) ? throw CommandException.Misuse($"{path} is a folder; name a file.") : new WholeFile(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} can't be written: {error.Message}");
        }
    }

    /// <summary>Adds a line.</summary>
    /// <exception cref="CommandException">There is no room, or the disk fails.</exception>
    public void Line(string line) => Write(() => _writer.Write(line + "\n"));

    /// <summary>Ends the file and gives it its name, in the place of a former one.</summary>
    /// <exception cref="CommandException">There is no room, or the disk fails.</exception>
    public void Finish() => Write(() =>
    {
        _writer.Dispose();
        _closed = true;
        using (_file)
        {
            if (_file.CanWrite)
            {
                _file.Flush(flushToDisk: true);
            }
        }

        File.Move(Unfinished, _path, overwrite: true);
    });

    /// <summary>Removes what was not finished.</summary>
    public void Dispose()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        try
        {
            _writer.Dispose();
        }
        catch (IOException)
        {
            // what it still held is not wanted
        }

        try
        {
            _file.Dispose();
        }
        catch (IOException)
        {
            // nor is this
        }

        File.Delete(Unfinished);
    }

    private void Write(Action write)
    {
        try
        {
            write();
        }
        catch (IOException error)
        {
            _closed = false;
            Dispose();
            throw new CommandException(error.HResult is NoSpace or QuotaExceeded or WindowsDiskFull
                ? $"There is no room for {_path}: the disk is full. Nothing was left of it; free some space and try again."
                : $"{_path} can't be written: {error.Message}");
        }
    }
}
