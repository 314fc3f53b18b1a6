namespace Rlhf.Benchmarks.Serving;

/// <summary>What the clients say: one system prompt for all, and an order that nobody gave before.</summary>
internal static class Orders
{
    /// <summary>The longest reply, in tokens.</summary>
    public const int MaxTokens = 128;

    /// <summary>Higher than a user would take, so that few replies end early and every run draws about as many tokens.</summary>
    public const double Temperature = 2;

    /// <summary>The system prompt.</summary>
    public const string System = "You take orders in a coffee shop. Be brief and friendly, and repeat the order before you take it.";

    private static readonly string[] Drinks = ["latte", "cappuccino", "mocha", "americano", "flat white", "cold brew", "espresso"];
    private static readonly string[] Sizes = ["small", "medium", "large"];

    /// <summary>The n-th order.</summary>
    public static string User(int n) => $"Hi, order {n}: a {Sizes[n % Sizes.Length]} {Drinks[n % Drinks.Length]} with {n % 5} sugars for table {n % 41}, please.";
}
