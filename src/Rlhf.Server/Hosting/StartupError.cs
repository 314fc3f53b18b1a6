using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Connections;
using Rlhf.Contracts;
using Rlhf.Learning.Torch;
using Rlhf.Server.Keys;
using Rlhf.Storage;

namespace Rlhf.Server.Hosting;

/// <summary>What keeps a server from starting, in one line for the person at the terminal.</summary>
public static class StartupError
{
    /// <summary>The line; null for what is no mistake of the operator's, which deserves its stack trace.</summary>
    public static string? Explain(Exception error) => error switch
    {
        AggregateException { InnerExceptions: [var only] } => Explain(only),
        IOException { InnerException: AddressInUseException } => $"{error.Message.TrimEnd('.')}. Stop the other program, or choose another address with --urls http://127.0.0.1:PORT.",
        StorageException or RefusedException or UnprotectedException or TorchUnavailableException => error.Message,
        InvalidDataException or FileNotFoundException or DirectoryNotFoundException => $"The model can't be loaded: {error.Message}",
        DllNotFoundException => $"A library is missing that the configuration needs: {error.Message}",
        ValidationException or InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } => error.Message,
        _ => null,
    };
}
