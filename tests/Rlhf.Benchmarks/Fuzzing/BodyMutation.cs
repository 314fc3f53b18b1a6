using System.Text;

namespace Rlhf.Benchmarks.Fuzzing;

/// <summary>Spoils bodies, first what they say and then how it is written.</summary>
internal static class BodyMutation
{
    private const int MostChanges = 3;
    private const int Largest = 2000;
    private static readonly string[] s_tails = ["", " ", "x", "{}", "\0", "\uE000", "//", ",", "]", "\u2028"];

    /// <summary>The bytes of a body with a few things wrong.</summary>
    public static byte[] Spoil(LooseJson body, Random random)
    {
        if (random.Chance(0.85))
        {
            for (var left = random.Next(MostChanges) + 1; left > 0 && body.All().ToList() is { Count: < Largest } all; left--)
                Change(random.Any(all), random);
        }

        var text = body.ToString();
        return random.Chance(0.2) ? Misspell(text, random) : LooseJson.ToBytes(text);
    }

    /// <summary>Any value that nobody expects.</summary>
    public static LooseJson Unexpected(Random random) =>
        LooseJson.Written(random.Any(random.Next(3) switch { 0 => Hostile.Texts, 1 => Hostile.Numbers, _ => Hostile.Others }));

    private static void Change(LooseJson value, Random random)
    {
        if (value.Fields is { Count: > 0 } fields && random.Chance(0.8))
            ChangeFields(fields, random);
        else if (value.Fields is not null)
            value.Fields.Add((random.Any(Hostile.Names), Unexpected(random)));
        else if (value.Items is { Count: > 0 } items && random.Chance(0.6))
            ChangeItems(items, random);
        else
            value.Become(random.Next(8) switch
            {
                0 => LooseJson.List([value.Copy()]),
                1 => LooseJson.Map(("text", value.Copy())),
                2 => LooseJson.Written($"\"{random.Next()}\""),
                _ => Unexpected(random),
            });
    }

    private static void ChangeFields(List<(string Name, LooseJson Value)> fields, Random random)
    {
        var at = random.Next(fields.Count);
        var (name, value) = fields[at];
        switch (random.Next(7))
        {
            case 0:
                fields.RemoveAt(at);
                break;
            case 1:
                fields.Add((random.Any(Hostile.Names), Unexpected(random)));
                break;
            case 2:
                fields.Insert(random.Next(fields.Count + 1), (name, random.Next(2) == 0 ? value.Copy() : Unexpected(random)));
                break;
            case 3:
                fields[at] = (random.Any(Hostile.Names), value);
                break;
            case 4:
                fields[at] = (name, fields[random.Next(fields.Count)].Value.Copy());
                break;
            default:
                fields[at] = (name, Unexpected(random));
                break;
        }
    }

    private static void ChangeItems(List<LooseJson> items, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                items.Clear();
                break;
            case 1:
                var one = random.Any(items);
                items.AddRange(Enumerable.Repeat(one, random.Any([1, 2, 40, 501, 1001])));
                break;
            case 2:
                items.Insert(random.Next(items.Count + 1), Unexpected(random));
                break;
            default:
                items.RemoveAt(random.Next(items.Count));
                break;
        }
    }

    private static byte[] Misspell(string text, Random random)
    {
        var at = random.Next(text.Length + 1);
        switch (random.Next(9))
        {
            case 0:
                return LooseJson.ToBytes(text[..at]);
            case 1:
                return LooseJson.ToBytes(text.Insert(at, random.Any(LooseJson.NotUtf8.ToCharArray()).ToString()));
            case 2:
                return LooseJson.ToBytes("\uFEFF" + text);
            case 3:
                return (random.Next(2) == 0 ? Encoding.Unicode : Encoding.UTF32).GetBytes(text);
            case 4:
                return LooseJson.ToBytes(text + random.Any(s_tails));
            case 5:
                return [];
            case 6:
                return LooseJson.ToBytes(new string(random.Any([' ', '\n', '\t']), random.Next(50_000)) + text);
            case 7:
                var noise = new byte[random.Next(200)];
                random.NextBytes(noise);
                return noise;
            default:
                var flipped = LooseJson.ToBytes(text);
                if (flipped.Length > 0)
                    flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
                return flipped;
        }
    }
}
