using System.Collections.Frozen;
using System.Text;

namespace Rlhf.Learning.Data.Cleaning;

/// <summary>A guess at the language of a text, by its script and, where several languages share one, by their commonest function words, which any sentence or
/// two has some of. It says nothing rather than something doubtful: of a text of a few words, or of one in a language that it does not know.</summary>
/// <remarks>It knows Arabic, Chinese, Danish, Dutch, English, Finnish, French, German, Greek, Hebrew, Hindi, Italian, Japanese, Korean, Polish, Portuguese,
/// Russian, Spanish, Swedish, Thai, Turkish and Ukrainian. Of others that share a script it may take one for a neighbour: Norwegian for Danish, Bulgarian for
/// Russian, Persian for Arabic.</remarks>
public static class LanguageGuess
{
    private const int Letters = 2000; // what a guess reads of a text
    private const int LeastHits = 3;
    private const double LeastShare = 0.12;
    private const double Margin = 1.25;

    private static readonly FrozenDictionary<string, FrozenSet<string>> FunctionWords = new Dictionary<string, string>
    {
        ["en"] = "the a an and or of to in is are was were i you he she it we they my your his her this that with for on at not have has had do does did can could will would what be been am please there any which",
        ["de"] = "der die das den dem des und oder ein eine einen einem einer ich du er sie es wir ihr ist sind war nicht mit auf für von zu im in am bitte auch wie was haben hat habe kann können möchte wird noch dass",
        ["fr"] = "le la les un une des et ou de du je tu il elle nous vous ils est sont était pas ne dans sur avec pour par que qui ce cette mon votre plus bien voudrais avez suis être au aux en",
        ["es"] = "el la los las un una unos y o de del que en por para con no es son era está yo tú él ella me se su mi lo al como más pero muy quiero puedo hay usted gracias favor",
        ["pt"] = "o a os as um uma e ou de do da dos das em no na nos nas que não com para por é são foi está eu você ele ela se meu minha mais mas muito quero posso isso obrigado ao favor",
        ["it"] = "il lo la gli le un una e o di del della dei che non in con per è sono era io tu lui lei mi si ci ho ha come più ma molto vorrei posso questo anche nel al grazie favore",
        ["nl"] = "de het een en of van in is zijn was niet met op voor te ik jij je hij zij wij we dat die dit er aan om ook maar wat kan heb heeft mijn uw graag bij naar wil",
        ["sv"] = "och att det som en ett är jag du han hon vi ni på av för med inte den till har kan vill om men från var så här min din vad eller skulle tack",
        ["da"] = "og at det som en et er jeg du han hun vi på af for med ikke den til har kan vil om men fra var så her min din hvad eller skulle tak hvor jeg",
        ["fi"] = "ja on ei se että minä sinä hän me te ovat oli mutta kun niin myös tai joka kuin mitä tämä voi voisin olen haluan kiitos minun sinun siitä vain",
        ["pl"] = "i w na z do nie to jest się że jak co ja ty on ona my są był ale czy dla po od za mnie mi proszę chcę może tak przez ten ta które",
        ["tr"] = "ve bir bu da de için ile ne mi mı ben sen o biz siz çok var yok ama gibi daha olarak değil istiyorum lütfen nasıl evet hayır kadar sonra olan",
    }.ToFrozenDictionary(language => language.Key, language => language.Value.Split(' ').ToFrozenSet());

    /// <summary>Codes of the languages that a guess may name.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. FunctionWords.Keys.Concat(["ar", "el", "he", "hi", "ja", "ko", "ru", "th", "uk", "zh"]).Order(StringComparer.Ordinal)];

    /// <summary>The ISO 639-1 code of a text's language; null where it can't be told.</summary>
    public static string? Of(string text)
    {
        Dictionary<string, int> scripts = [];
        var letters = 0;
        foreach (var rune in text.EnumerateRunes().Where(Rune.IsLetter).Take(Letters))
        {
            letters++;
            var script = ScriptOf(rune.Value);
            scripts[script] = scripts.GetValueOrDefault(script) + 1;
        }

        if (letters == 0)
            return null;
        var (most, count) = scripts.MaxBy(script => script.Value);
        if (scripts.GetValueOrDefault("ja") * 10 >= letters)
            return "ja"; // between its kana Japanese has Chinese characters
        if (2 * count < letters)
            return null;
        return most switch
        {
            "latin" => ByWords(text),
            "ru" when scripts.GetValueOrDefault("uk") * 50 >= letters => "uk",
            "other" => null,
            _ => most,
        };
    }

    private static string? ByWords(string text)
    {
        string[] words = [.. Words(text).Take(Letters / 4)];
        var ranking = FunctionWords
            .Select(language => (language.Key, Hits: words.Count(language.Value.Contains)))
            .OrderByDescending(language => language.Hits)
            .Take(2)
            .ToArray();
        return ranking[0].Hits >= LeastHits && ranking[0].Hits >= LeastShare * words.Length && ranking[0].Hits >= Margin * ranking[1].Hits ? ranking[0].Key : null;
    }

    private static IEnumerable<string> Words(string text)
    {
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && char.IsLetter(text[i]))
                start = start < 0 ? i : start;
            else if (start >= 0)
            {
                yield return text[start..i].ToLowerInvariant();
                start = -1;
            }
        }
    }

    private static string ScriptOf(int letter) => letter switch
    {
        <= 0x024F or (>= 0x1E00 and <= 0x1EFF) => "latin",
        >= 0x0370 and <= 0x03FF => "el",
        'і' or 'ї' or 'є' or 'ґ' or 'І' or 'Ї' or 'Є' or 'Ґ' => "uk",
        >= 0x0400 and <= 0x052F => "ru",
        >= 0x0590 and <= 0x05FF => "he",
        >= 0x0600 and <= 0x077F => "ar",
        >= 0x0900 and <= 0x097F => "hi",
        >= 0x0E00 and <= 0x0E7F => "th",
        >= 0x3040 and <= 0x30FF => "ja",
        (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) => "zh",
        (>= 0xAC00 and <= 0xD7AF) or (>= 0x1100 and <= 0x11FF) => "ko",
        _ => "other",
    };
}
