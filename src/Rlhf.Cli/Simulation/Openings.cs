using Rlhf.Inference;

namespace Rlhf.Cli.Simulation;

/// <summary>
/// How people open a conversation in the demo model's domain: a small grammar of sentences with slots, written for this
/// project. Every fourth opening, chosen by its text, is held out: raters never send it, so that what is measured on it is
/// what the model learned and not what it was rated on.
/// </summary>
internal static class Openings
{
    private static readonly Dictionary<string, string[]> Slots = new()
    {
        ["may"] = ["Hi, can I get", "Could I have", "Hello, may I order"],
        ["want"] = ["I'd like", "Good morning, I'll take", "Let me get"],
        ["drink"] =
        [
            "a latte", "a mocha", "an espresso", "a cappuccino", "an americano", "a chai latte", "a macchiato", "a cortado",
            "a matcha latte", "a green tea",
        ],
        ["with"] = ["", " with oat milk", " with almond milk", " with vanilla", " with an extra shot", ", decaf", " to go", " and make it a double"],
        ["city"] = ["San Jose", "Oakland", "New York", "Berkeley", "Seattle", "San Francisco", "Los Angeles", "Chicago"],
        ["day"] = ["tomorrow", "today", "on Friday", "next Monday", "on the 5th of March", "this weekend"],
        ["food"] = ["Italian", "Mexican", "Thai", "Indian", "Chinese", "American", "vegetarian"],
        ["people"] = ["two", "three", "four", "six"],
        ["event"] = ["a concert", "a baseball game", "a theater show", "something fun to do", "a music festival"],
        ["genre"] = ["comedy", "drama", "horror", "animated", "action"],
        ["music"] = ["rock", "pop", "jazz", "country", "classical"],
        ["need"] = ["a dentist", "a hair salon", "a doctor", "a therapist", "a skin doctor"],
    };

    private static readonly string[] Sentences =
    [
        "{may} {drink}{with}?",
        "{may} {drink}{with}, please?",
        "{want} {drink}{with}.",
        "{want} {drink}{with}, please.",
        "I want a table for {people} at an {food} restaurant in {city}.",
        "Can you find me a {food} place to eat in {city}?",
        "I need a hotel in {city} {day}.",
        "Please book a room for {people} in {city} {day}.",
        "Find me a flight to {city} leaving {day}.",
        "I'd like to rent a car in {city} {day}.",
        "Is there a bus to {city} {day}?",
        "I need a ride for {people} people in {city}.",
        "What is the weather like in {city} {day}?",
        "Is there {event} in {city} {day}?",
        "I want to see a {genre} movie {day}.",
        "Which {genre} movies are playing in {city}?",
        "Play me some {music} music.",
        "I'm looking for {music} songs from last year.",
        "I need to find {need} in {city}.",
        "Can you make an appointment with {need} {day}?",
        "I'm looking for an apartment in {city}.",
        "What is on my calendar {day}?",
        "How much money is in my checking account?",
        "I would like to transfer some money to my savings account.",
    ];

    /// <summary>What raters send.</summary>
    public static IReadOnlyList<string> Training { get; } = [.. All().Where(o => !HeldOutByText(o))];

    /// <summary>What only the measurement sends.</summary>
    public static IReadOnlyList<string> HeldOut { get; } = [.. All().Where(HeldOutByText)];

    /// <summary>Draws from a pool in random order, no opening twice before all were drawn.</summary>
    /// <param name="pool"><see cref="Training"/> or <see cref="HeldOut"/>.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">The same seed draws the same openings in the same order.</param>
    /// <param name="purpose">Keeps draws for different purposes apart.</param>
    public static IReadOnlyList<string> Draw(IReadOnlyList<string> pool, int count, ulong seed, string purpose)
    {
        var drawn = new List<string>(count);
        for (var pass = 0; drawn.Count < count; pass++)
        {
            var order = pool.ToArray();
            SeededRandom.For(seed, "openings/" + purpose, pass).Shuffle(order);
            drawn.AddRange(order.Take(count - drawn.Count));
        }

        return drawn;
    }

    private static bool HeldOutByText(string opening) => SeededRandom.Hash(0, opening) % 4 == 0;

    private static IEnumerable<string> All() => Sentences.SelectMany(Expand).Distinct();

    private static IEnumerable<string> Expand(string sentence)
    {
        var open = sentence.IndexOf('{');
        if (open < 0)
        {
            return [sentence];
        }

        var close = sentence.IndexOf('}', open);
        return Slots[sentence[(open + 1)..close]].SelectMany(filling => Expand(sentence[..open] + filling + sentence[(close + 1)..]));
    }
}
