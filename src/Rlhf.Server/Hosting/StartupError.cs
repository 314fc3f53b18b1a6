using System.ComponentModel.DataAnnotations;
using System.Net.Sockets;
using Azure;
using Microsoft.AspNetCore.Connections;
using Npgsql;
using Rlhf.Contracts;
using Rlhf.Learning.Torch;
using Rlhf.Server.Keys;
using Rlhf.Storage;

namespace Rlhf.Server.Hosting;

/// <summary>What keeps a server from starting, in one line for the person at the terminal.</summary>
public static class StartupError
{
    private const string More = "--Logging:LogLevel:Default=Debug shows what led to it";

    /// <summary>The line.</summary>
    /// <param name="error">What was thrown, with whatever it was wrapped into on its way.</param>
    public static string Explain(Exception error) =>
        Chain(error).Select(Known).FirstOrDefault(line => line is not null)
        ?? $"The server can't start: {FirstSentence(Chain(error).Last())} ({Chain(error).Last().GetType().Name}); {More}.";

    /// <summary>The first sentence of an error's message, without its full stop.</summary>
    internal static string FirstSentence(Exception error) => error.Message.Split('\n')[0].Split(". ")[0].Trim().TrimEnd('.', ':');

    /// <summary>Whether the cause is the store of the membership, and not that no silo is in it yet.</summary>
    internal static bool IsOfTheStore(Exception error) => Chain(error).Any(cause => cause is NpgsqlException or RequestFailedException or StorageException);

    private static string? Known(Exception error) => error switch
    {
        IOException { InnerException: AddressInUseException } => $"{error.Message.TrimEnd('.')}. Stop the other program, or choose another address with --urls http://127.0.0.1:PORT.",
        StorageException or RefusedException or UnprotectedException or TorchUnavailableException => error.Message,
        InvalidDataException or FileNotFoundException or DirectoryNotFoundException => $"The model can't be loaded: {error.Message}",
        DllNotFoundException => $"A library is missing that the configuration needs: {error.Message}",
        ValidationException or InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } => error.Message,
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.UndefinedColumn } =>
            $"The database of Clustering:ConnectionString lacks Orleans' tables or functions ({FirstSentence(error)}): create them once with deploy/postgresql/orleans.sql.",
        PostgresException refused => $"The database of Clustering:ConnectionString refuses ({FirstSentence(refused)}): correct the setting, or what the database allows.",
        NpgsqlException => $"The database of Clustering:ConnectionString does not answer ({FirstSentence(error)}): start it, or correct the setting.",
        RequestFailedException { Status: 0 } => $"The tables of Storage:ConnectionString (--connection) or Clustering:ConnectionString do not answer ({FirstSentence(error)}): start them, or correct the setting.",
        RequestFailedException refused => $"The tables of Storage:ConnectionString (--connection) or Clustering:ConnectionString refuse with status {refused.Status} ({FirstSentence(refused)}): correct the setting, or what the account allows.",
        SocketException => $"Another machine or program that this one needs does not answer: {FirstSentence(error)}.",
        _ => null,
    };

    /// <summary>From the outermost to what was thrown first; of several that failed together, one.</summary>
    private static IEnumerable<Exception> Chain(Exception error)
    {
        for (var next = error; next is not null; next = next is AggregateException { InnerExceptions: [var first, ..] } ? first : next.InnerException)
        {
            yield return next;
        }
    }
}
