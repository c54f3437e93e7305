using System.Text.RegularExpressions;
using Mizzen.Testing;

namespace Mizzen.Tests.House;

/// <summary>Documents that name what is no longer there are worse than none.</summary>
public sealed partial class DocumentTests
{
    public static TheoryData<string> Documents => [.. SourceTree.Documents().Select(SourceTree.Relative).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_to_a_file_leads_somewhere(string document)
    {
        var text = File.ReadAllText(Repository.PathOf(document));
        var folder = Path.GetDirectoryName(Repository.PathOf(document))!;
        var broken = LinkPattern.Matches(text)
            .Select(match => match.Groups[1].Value.Split('#')[0])
            .Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal))
            .Where(target => !Path.Exists(Path.Combine(folder, target)));
        Assert.Empty(broken);
    }

    [Theory]
    [InlineData("ARCHITECTURE.md")]
    [InlineData("CONTRIBUTING.md")]
    public void Every_path_in_code_font_exists(string document)
    {
        var paths = PathPattern.Matches(File.ReadAllText(Repository.PathOf(document))).Select(match => match.Groups[1].Value);
        Assert.All(paths, path => Assert.True(Path.Exists(Repository.PathOf(path)), path));
    }

    [Fact]
    public void The_architecture_names_every_project()
    {
        var text = File.ReadAllText(Repository.PathOf("ARCHITECTURE.md"));
        Assert.All(ProjectArrowTests.Projects.Select(row => row.Data), project => Assert.Contains(project, text, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)", RegexOptions.CultureInvariant)]
    private static partial Regex LinkPattern { get; }

    [GeneratedRegex(@"`((?:src|tests|docs|samples|bench|proto|eng|fuzz)/[\w./-]*)`", RegexOptions.CultureInvariant)]
    private static partial Regex PathPattern { get; }
}
