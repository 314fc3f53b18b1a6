using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Rlhf.Learning.Data;
using Rlhf.Learning.Data.Cleaning;

namespace Rlhf.Learning.Tests.Data.Cleaning;

/// <summary>One test measures the process's memory: nothing else may run beside it.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;

[Collection(nameof(AloneInTheProcess))]
public sealed class CleaningPassTests : IDisposable
{
    private const string Long = "I would like a large latte with oat milk and two croissants for the office at ten o'clock this morning please";
    private readonly string _folder = Directory.CreateTempSubdirectory("rlhf-cleaning-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Each_bad_line_is_dropped_for_its_reason_and_the_rest_stays()
    {
        var file = File("mixed.jsonl",
            Line("train/1", Long),
            "{broken",
            "[1]",
            """{"id":"train/2","messages":[{"role":"king","content":"hello there, everybody"}]}""",
            """{"id":"train/3","messages":[{"role":"user","content":"half a pair \ud83d"},{"role":"assistant","content":"indeed, it is"}]}""",
            Line("train/4", "lost \uFFFD characters in this text"),
            Line("train/5", " \u200B "),
            """{"id":"train/6","messages":[{"role":"user","content":"alone with nobody"}]}""",
            Line("train/7", new string('x', 5000)),
            Line("train/8", Long),
            Line("train/9", Long.Replace("two", "three")),
            Line("train/10", "Je voudrais un café avec du lait et une part de gâteau pour mon ami", "Bien sûr, je vous le prépare, ce ne sera pas long"),
            "{\"id\":\"train/11\",\"messages\":[],\"pad\":\"" + new string('p', 20_000) + "\"}");

        var (kept, report) = Clean(new CleaningOptions { MostCharacters = 4000, MostLineBytes = 10_000, Similarity = 0.7, Languages = ["en"] }, file);

        Assert.Equal(["train/1"], kept.Select(Id));
        Assert.Equal(13, report.Read);
        Assert.Equal(
            [
                (DropReason.Malformed, 3L), (DropReason.BrokenEncoding, 2), (DropReason.EmptyMessage, 1), (DropReason.TooShort, 1), (DropReason.TooLong, 2),
                (DropReason.Language, 1), (DropReason.ExactDuplicate, 1), (DropReason.NearDuplicate, 1),
            ],
            report.Dropped.Select(reason => (reason.Key, reason.Value.Count)));
        Assert.Contains("line 11", report.Dropped[DropReason.NearDuplicate].Samples[0].Place);
        Assert.Contains("train/1", report.Dropped[DropReason.NearDuplicate].Samples[0].Detail);
    }

    [Fact]
    public void No_training_dialogue_repeats_a_held_out_one_wherever_they_stand()
    {
        var file = File("split.jsonl", Line("train/1", Long), Line("dev/1", Long.Replace("two", "three")), Line("train/2", "something else altogether"), Line("dev/2", "something else altogether"));

        var (kept, report) = Clean(new CleaningOptions { Similarity = 0.7 }, file);

        Assert.Equal(["dev/1", "dev/2"], kept.Select(Id));
        Assert.Equal(2, report.Dropped[DropReason.HeldOutDuplicate].Count);
        Assert.Equal((0, 2), (report.KeptTraining, report.KeptHeldOut));
    }

    [Fact]
    public void Texts_are_mended_and_masked_and_other_fields_stay()
    {
        var file = File("fields.jsonl", """{"id":"train/1","services":["a"],"messages":[{"role":"user","content":"cafÃ©  for jo@example.com","at":3},{"role":"assistant","content":"one café, ok"}]}""");

        var (kept, report) = Clean(new CleaningOptions(), file);

        Assert.Equal("""{"id":"train/1","services":["a"],"messages":[{"role":"user","content":"café for [EMAIL]","at":3},{"role":"assistant","content":"one café, ok"}]}""", Assert.Single(kept));
        Assert.Equal(["email", "encoding", "normalised"], report.Changed.Keys);
        Assert.DoesNotContain("jo@example.com", JsonSerializer.Serialize(report.Changed["email"].Samples));
    }

    [Fact]
    public void A_line_in_windows_1252_is_read_and_a_zipped_file_too()
    {
        var file = Path.Combine(_folder, "old.jsonl.gz");
        using (var zip = new GZipStream(System.IO.File.Create(file), CompressionLevel.Fastest))
        {
            zip.Write(Encoding.Latin1.GetBytes(Line("train/1", "un café s'il vous plaît") + "\r\n\r\n" + Line("train/2", "another one of them")));
        }

        Assert.Equal(["un café s'il vous plaît", "another one of them"], Clean(new CleaningOptions(), file).Kept.Select(Text));
    }

    [Fact]
    public void What_is_clean_stays_as_it_is()
    {
        var random = new Random(3);
        string[] words = ["latte", "Ã©clair", "jo@x.de", "650-326-1430", "  tea ", "cake", "please", "thanks", "oat", "milk", "\u200B", "dark", "light"];
        var lines = Enumerable.Range(0, 400).Select(i => Line($"{(i % 7 == 0 ? "dev" : "train")}/{i}", string.Join(' ', Enumerable.Range(0, random.Next(3, 9)).Select(_ => words[random.Next(words.Length)]))));
        var options = new CleaningOptions { Window = 50, Similarity = 0.6 };

        var (once, first) = Clean(options, File("first.jsonl", [.. lines]));
        var (twice, second) = Clean(options, File("second.jsonl", [.. once]));

        Assert.Equal(once, twice);
        Assert.InRange(once.Count, 1, 399);
        Assert.True(first.Forgotten > 0);
        Assert.Empty(second.Dropped);
        Assert.Empty(second.Changed);
    }

    [Fact]
    public void A_file_is_never_held_as_a_whole()
    {
        var file = Path.Combine(_folder, "large.jsonl.gz");
        const int lines = 6_000;
        using (var writer = new StreamWriter(new GZipStream(System.IO.File.Create(file), CompressionLevel.Fastest)))
        {
            for (var i = 0; i < lines; i++)
            {
                writer.WriteLine(Line($"train/{i}", string.Join(' ', Enumerable.Range(0, 40).Select(word => $"{SeededWord(i, word)}"))));
            }
        }

        var cleaner = new DialogueCleaner(new CleaningOptions { Window = 100 });
        long most = 0, read = 0;
        foreach (var (_, line) in CleaningPass.Run([file], cleaner))
        {
            read += line.Length;
            if (cleaner.Report.Kept % 1000 == 0)
            {
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true));
            }

            if (cleaner.Report.Kept == 1000)
            {
                most = 0; // everything is loaded and the window is full
                read = 0;
            }
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        Assert.Equal(lines, cleaner.Report.Kept);
        Assert.Equal(lines - 100, cleaner.Report.Forgotten);
        Assert.True(most - before < read / 4, $"{most - before} bytes more were held while {read} were read");
    }

    [Fact]
    public void A_broken_zip_is_an_error_that_names_the_place()
    {
        var file = Path.Combine(_folder, "broken.jsonl.gz");
        System.IO.File.WriteAllText(file, "this is no zip");

        Assert.Contains("broken.jsonl.gz, line 1", Assert.Throws<InvalidDataException>(() => Clean(new CleaningOptions(), file)).Message);
    }

    private static string SeededWord(int line, int word) => $"w{Rlhf.Inference.SeededRandom.Hash((ulong)line, $"{word}") % 100_000}";

    private static (List<string> Kept, CleaningReport Report) Clean(CleaningOptions options, params string[] files)
    {
        var cleaner = new DialogueCleaner(options);
        return ([.. CleaningPass.Run(files, cleaner).Select(kept => kept.Line)], cleaner.Report);
    }

    private static string Line(string id, string user, string assistant = "of course, here it is for you") =>
        JsonSerializer.Serialize(new { id, messages = new[] { new { role = "user", content = user }, new { role = "assistant", content = assistant } } }, new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private static string Id(string line) => JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()!;

    private static string Text(string line) => JsonDocument.Parse(line).RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!;

    private string File(string name, params string[] lines)
    {
        var path = Path.Combine(_folder, name);
        System.IO.File.WriteAllLines(path, lines);
        return path;
    }
}
