namespace Rlhf.Benchmarks;

/// <summary>One line on a terminal that says what is measured now; nothing where the output goes elsewhere.</summary>
internal static class ProgressLine
{
    private const string Clear = "\r\e[K";

    /// <summary>Shows what is measured now.</summary>
    public static void Show(int done, int all, string what)
    {
        if (!Console.IsErrorRedirected)
            Console.Error.Write($"{Clear}[{done}/{all}] {what}");
    }

    /// <summary>Makes room for a line that stays.</summary>
    public static void Hide()
    {
        if (!Console.IsErrorRedirected)
            Console.Error.Write(Clear);
    }
}
