using System.Globalization;

namespace Azure.Data.Tables.Protocol;

/// <summary>The service names the action that failed at the start of its message: <c>3:The specified entity already exists.</c></summary>
internal static class TransactionError
{
    public static int? FailedIndex(string message)
    {
        var colon = message?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        return colon > 0 && int.TryParse(message.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;
    }
}
