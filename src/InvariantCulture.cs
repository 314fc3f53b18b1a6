using System.Globalization;
using System.Runtime.CompilerServices;

namespace Rlhf;

/// <summary>
/// Numbers and dates are written and read the same on every machine, whatever language its user has chosen (<c>LANG</c>). Compiled into
/// every program and run before its <c>Main</c>.
/// </summary>
internal static class InvariantCulture
{
    [ModuleInitializer]
    internal static void Set()
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
    }
}
