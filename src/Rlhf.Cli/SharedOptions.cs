using System.CommandLine;

namespace Rlhf.Cli;

/// <summary>Options that several verbs share.</summary>
internal static class SharedOptions
{
    /// <summary>The model that is taken where none is named.</summary>
    public static string DemoModel() => Environment.GetEnvironmentVariable("RLHF_MODEL")
        ?? throw CommandException.Misuse("No model is named: start this through ./rlhf, or name a model folder with --model.");

    public static Option<ulong> Seed(ulong value = 1) =>
        CommonOptions.Number<ulong>("--seed", "Seed of everything drawn.", value, 0, ulong.MaxValue);

    /// <summary>The address of a running server.</summary>
    public static Option<Uri?> Url(string description) => new("--url")
    {
        Description = description,
        HelpName = "U",
        CustomParser = result =>
        {
            var given = result.Tokens[0].Value;
            if (Uri.TryCreate(given.TrimEnd('/') + "/", UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            {
                return address;
            }

            result.AddError($"--url is '{given}'; it must be an address such as http://127.0.0.1:5080.");
            return null;
        },
    };
}
