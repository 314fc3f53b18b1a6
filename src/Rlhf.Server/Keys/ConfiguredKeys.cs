using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Primitives;

namespace Rlhf.Server.Keys;

/// <summary>The keys that the configuration knows, as it stands now. A file may change while the server runs; what makes no
/// sense there is told, and those that were known go on.</summary>
internal sealed partial class ConfiguredKeys(IConfiguration configuration, ILogger<ConfiguredKeys> log)
{
    private IChangeToken _reading = configuration.GetReloadToken();
    private IReadOnlyList<GoodKey> _keys = Read(configuration);

    /// <summary>Those that are good now.</summary>
    public IReadOnlyList<GoodKey> Current()
    {
        if (_reading.HasChanged)
        {
            _reading = configuration.GetReloadToken();
            try
            {
                _keys = Read(configuration);
            }
            catch (Exception error) when (error is ValidationException or InvalidOperationException)
            {
                LogSenseless(error.Message);
            }
        }

        return _keys;
    }

    private static IReadOnlyList<GoodKey> Read(IConfiguration configuration)
    {
        var options = configuration.GetSection("Keys").Get<KeyOptions>() ?? new();
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        return [.. options.Configured.Select(GoodKey.Of)];
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The changed configuration of keys makes no sense, and those that were known go on: {Reason}")]
    private partial void LogSenseless(string reason);
}
