using System.Text.RegularExpressions;

namespace Mizzen.Tests.House;

/// <summary>The shape that keeps files readable, and the words that never reach main.</summary>
public sealed partial class ShapeTests
{
    private const int LongestFile = 600;

    [Fact]
    public void No_source_file_is_longer_than_the_limit()
    {
        var tooLong = SourceTree.CSharp("src")
            .Concat(SourceTree.CSharp("tests"))
            .Select(file => (File: SourceTree.Relative(file), Lines: File.ReadLines(file).Count()))
            .Where(file => file.Lines > LongestFile);
        Assert.Empty(tooLong);
    }

    [Fact]
    public void File_names_say_what_is_inside()
    {
        Assert.All(SourceTree.CSharp("src").Select(SourceTree.Relative), file => Assert.DoesNotMatch(EmptyName, Path.GetFileName(file)));
    }

    [Fact]
    public void Nothing_is_left_to_do_in_the_source()
    {
        var marks = SourceTree.CSharp("src").Where(file => Unfinished.IsMatch(File.ReadAllText(file)));
        Assert.Empty(marks.Select(SourceTree.Relative));
    }

    [GeneratedRegex("(Utils?|Helpers?|Manager|Common)\\.cs$", RegexOptions.CultureInvariant)]
    private static partial Regex EmptyName { get; }

    [GeneratedRegex("\\b(TODO|FIXME|HACK|NotImplementedException)\\b", RegexOptions.CultureInvariant)]
    private static partial Regex Unfinished { get; }
}
