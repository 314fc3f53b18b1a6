using System.ComponentModel.DataAnnotations;
using Rlhf.Learning.Evaluation;

namespace Rlhf.Learning.Tests.Evaluation;

public sealed class GateFilesTests : IDisposable
{
    private const string HeldOut = """{"id": "dev/1", "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]}""";

    private readonly string _file = Path.GetTempFileName();

    [Fact]
    public void What_is_not_named_is_not_looked_at()
    {
        var files = GateFiles.Read(new GateOptions());

        Assert.Empty(files.Dialogues);
        Assert.Empty(files.Prompts);
    }

    [Fact]
    public void Only_held_out_dialogues_count_and_only_so_many()
    {
        File.WriteAllLines(_file, [HeldOut.Replace("dev/1", "train/1"), HeldOut, HeldOut.Replace("dev/1", "test/2"), HeldOut.Replace("dev/1", "test/3")]);

        var files = GateFiles.Read(new GateOptions { Dialogues = _file, MostDialogues = 2 });

        Assert.Equal(["dev/1", "test/2"], files.Dialogues.Select(dialogue => dialogue.Id));
    }

    [Theory]
    [InlineData("""{"id": "train/1", "messages": [{"role": "assistant", "content": "hello"}]}""", "no held-out dialogue")]
    [InlineData("""{"id": "dev/1", "messages": [{"role": "user", "content": "hi"}]}""", "in which the assistant speaks")]
    [InlineData("{}", "line 1")]
    public void Dialogues_that_tell_nothing_are_refused(string line, string why)
    {
        File.WriteAllText(_file, line);

        Refused(new GateOptions { Dialogues = _file }, "Gate:Dialogues", why);
    }

    [Fact]
    public void A_file_that_is_not_there_is_refused()
    {
        var nowhere = _file + ".nowhere";

        Refused(new GateOptions { Dialogues = nowhere }, "Gate:Dialogues", nowhere);
        Refused(new GateOptions { RegressionPrompts = nowhere }, "Gate:RegressionPrompts", nowhere);
        Refused(new GateOptions { RegressionPrompts = _file }, "Gate:RegressionPrompts", "holds no prompt");
    }

    public void Dispose() => File.Delete(_file);

    private static void Refused(GateOptions options, params string[] said)
    {
        var error = Assert.Throws<ValidationException>(() => GateFiles.Read(options));
        Assert.All(said, part => Assert.Contains(part, error.Message));
    }
}
