using System.Text;
using FsCheck.Xunit;
using Rlhf.Learning.Data.Cleaning;

namespace Rlhf.Learning.Tests.Data.Cleaning;

public sealed class TextTests
{
    [Theory]
    [InlineData("cafÃ©", "café")]
    [InlineData("donâ€™t", "don’t")]
    [InlineData("Ã¼ber â€œMÃ¼nchenâ€\u009D", "über “München”")]
    [InlineData("ÐŸÑ€Ð¸Ð²ÐµÑ‚", "Привет")]
    [InlineData("ðŸ˜€ ok", "😀 ok")]
    [InlineData("caf\u00C3\u0083\u00C2\u00A9", "café")] // encoded twice
    [InlineData("5Â\u00A0â‚¬", "5\u00A0€")]
    [InlineData("café, São Tomé, «ça»", "café, São Tomé, «ça»")]
    [InlineData("CAFÉ… MANHÃ”", "CAFÉ… MANHÃ”")]
    [InlineData("Â", "Â")]
    public void Utf8_that_was_read_as_windows_1252_is_mended_and_nothing_else(string given, string mended) => Assert.Equal(mended, Mojibake.Mend(given));

    [Fact]
    public void Every_text_of_letters_comes_back_from_a_reading_as_latin_1()
    {
        foreach (var text in (string[])["naïve façade", "Größe", "日本語のテキスト", "Ελληνικά κείμενα", "“quoted” – dash … 100 €", "👩‍🚀"])
        {
            Assert.Equal(text, Mojibake.Mend(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text))));
        }
    }

    [Theory]
    [InlineData("e\u0301", "é")]
    [InlineData(" a \u00A0\u2003b\t c \r\n\r\n\r\n\r\nd \u0000\u200B\uFEFF", "a b c\n\nd")]
    [InlineData("if x:\n    return  1", "if x:\n    return 1")]
    [InlineData("\u202Eabc\u00AD", "abc")]
    [InlineData("👩\u200D🚀", "👩\u200D🚀")]
    public void White_space_and_unicode_have_one_form(string given, string normal) => Assert.Equal(normal, TextNormaliser.Normalise(given));

    [Theory]
    [InlineData("a\uFFFDb", true)]
    [InlineData("a\uD83D b", true)]
    [InlineData("😀", false)]
    public void Lost_characters_are_seen(string text, bool broken) => Assert.Equal(broken, TextNormaliser.IsBroken(text));

    [Theory]
    [InlineData("Write to jo.doe+x@mail.example.co.uk.", "Write to [EMAIL].")]
    [InlineData("Call 650-326-1430 or (415) 555-2671 or +49 30 1234567!", "Call [PHONE] or [PHONE] or [PHONE]!")]
    [InlineData("Card 4111 1111 1111 1111, 5500-0000-0000-0004", "Card [CARD], [CARD]")]
    [InlineData("Card 4111 1111 1111 1112", "Card 4111 1111 1111 1112")]
    [InlineData("IBAN DE89 3704 0044 0532 0130 00 and GB82WEST12345698765432", "IBAN [IBAN] and [IBAN]")]
    [InlineData("IBAN GB82WEST12345698765431", "IBAN GB82WEST12345698765431")]
    [InlineData("host 192.168.0.1, v1.2.3, 1.2.3.4.5, 999.1.1.1", "host [IP], v1.2.3, 1.2.3.4.5, 999.1.1.1")]
    [InlineData("SSN 078-05-1120", "SSN [SSN]")]
    [InlineData("order 12345678 for $1,234.56 at 11:30 on 2019-03-04, 2 lattes", "order 12345678 for $1,234.56 at 11:30 on 2019-03-04, 2 lattes")]
    public void Personal_data_with_a_form_is_masked(string given, string masked) => Assert.Equal(masked, PersonalData.Mask(given));

    [Theory]
    [InlineData('a')]
    [InlineData('1')]
    [InlineData(' ')]
    [InlineData('\t')]
    [InlineData('+')]
    [InlineData('.')]
    [InlineData('@')]
    [InlineData('Ã')]
    public void A_long_row_of_one_character_takes_no_quadratic_time(char character)
    {
        var text = new string(character, 1_000_000); // quadratic time would be hours

        Assert.NotNull(PersonalData.Mask(TextNormaliser.Normalise(Mojibake.Mend(text))));
    }

    [Property(MaxTest = 500)]
    public bool Cleaning_a_text_twice_is_cleaning_it_once(string?[] parts)
    {
        var text = string.Concat(parts) + Tangled(parts.Length);
        return Once(text) is not { } once || Once(once) == once;
    }

    /// <summary>Pieces that uncover one another: what hides in one step's input shows in another's output.</summary>
    private static string Tangled(int seed)
    {
        string[] pieces = ["Ã\u200B©", "4111\u200B1111", "11111111", "jo@\u00ADx.com", " \u00A0", "\r\n", "e\u0301", "650-326", "-1430", "Â", "\t", "[EMAIL]", "@a.de", "+49 ", "192.168", ".0.1"];
        var random = new Random(seed);
        return string.Concat(Enumerable.Range(0, 8).Select(_ => pieces[random.Next(pieces.Length)]));
    }

    private static string? Once(string text)
    {
        var cleaner = new DialogueCleaner(new CleaningOptions { LeastCharacters = 0, LeastMessages = 1 });
        return cleaner.Clean(new Rlhf.Learning.Data.Dialogue("train/1", [("user", "x"), ("assistant", text)]), "here")?.Messages[1].Content;
    }

    [Theory]
    [InlineData("Can I get a large latte with oat milk, please? That is all for today.", "en")]
    [InlineData("Ich möchte bitte einen großen Kaffee mit Milch und ein Stück Kuchen.", "de")]
    [InlineData("Je voudrais un café avec du lait et une part de gâteau pour mon ami.", "fr")]
    [InlineData("Quiero un café con leche y una porción de pastel para mi amigo, por favor.", "es")]
    [InlineData("Eu quero um café com leite e uma fatia de bolo para o meu amigo.", "pt")]
    [InlineData("Vorrei un caffè con il latte e una fetta di torta per il mio amico.", "it")]
    [InlineData("Ik wil graag een koffie met melk en een stuk taart voor mijn vriend.", "nl")]
    [InlineData("Proszę kawę z mlekiem i kawałek ciasta dla mojego przyjaciela, czy to jest możliwe", "pl")]
    [InlineData("Можно мне большой латте, пожалуйста", "ru")]
    [InlineData("Можна мені велику каву з молоком, дякую і її", "uk")]
    [InlineData("ラテをください", "ja")]
    [InlineData("请给我一杯拿铁", "zh")]
    [InlineData("라떼 한 잔 주세요", "ko")]
    [InlineData("Latte.", null)]
    [InlineData("12345", null)]
    [InlineData("", null)]
    public void The_language_is_told_or_nothing_is_said(string text, string? language) => Assert.Equal(language, LanguageGuess.Of(text));
}
