using System.Text.RegularExpressions;

namespace Rlhf.Deployment.Tests;

/// <summary>What the documents name is there.</summary>
public sealed partial class DocumentationTests
{
    public static TheoryData<string> Documents =>
        [.. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Select(path => $"docs/{Path.GetFileName(path)}"), "README.md", "CONTRIBUTING.md"];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_file_that_a_document_names_exists(string document)
    {
        var text = Repository.Read(document);
        var named = Named().Matches(text).Select(match => match.Groups[1].Value)
            .Concat(Linked().Matches(text).Select(match => Path.Combine(Path.GetDirectoryName(document)!, match.Groups[1].Value)));
        Assert.DoesNotContain(named, path => !Path.Exists(Path.Combine(Repository.Root, path)));
    }

    [Fact]
    public void The_way_of_one_thumb_is_told_hop_by_hop()
    {
        var hops = Repository.Read("docs/architecture.md").Split('\n').Where(line => Hop().IsMatch(line)).ToList();
        Assert.InRange(hops.Count, 15, 30);
        Assert.All(hops, hop => Assert.Matches(Named(), hop));
    }

    [Fact]
    public void The_diagram_is_the_readmes_too() =>
        Assert.Contains(Repository.Read("docs/architecture.md").Split("```")[1].Trim(), Repository.Read("README.md"));

    [GeneratedRegex("`((?:src|tests|deploy|docs)/[A-Za-z0-9_./-]+)`")]
    private static partial Regex Named();

    [GeneratedRegex(@"\]\(([A-Za-z0-9_./-]+)(?:#[^)]*)?\)")]
    private static partial Regex Linked();

    [GeneratedRegex(@"^\| \d+ \|")]
    private static partial Regex Hop();
}
