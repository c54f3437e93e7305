using System.Text.RegularExpressions;
using Mizzen.Testing;

namespace Mizzen.Tests.House;

/// <summary>The repository's own files, as the house rules look at them.</summary>
internal static partial class SourceTree
{
    private static readonly string[] Skipped = ["artifacts", ".git", "obj", "bin", "node_modules"];

    public static IEnumerable<string> CSharp(string folder) =>
        Files(Repository.PathOf(folder)).Where(file => file.EndsWith(".cs", StringComparison.Ordinal));

    public static IEnumerable<string> Documents() =>
        Files(Repository.Root).Where(file => file.EndsWith(".md", StringComparison.Ordinal));

    public static string Relative(string file) => Path.GetRelativePath(Repository.Root, file);

    /// <summary>The project below <c>src</c> that a file belongs to, and its first folder there (empty for the project's root).</summary>
    public static (string Project, string Folder) RoomOf(string file)
    {
        var parts = Path.GetRelativePath(Repository.PathOf("src"), file).Split('/');
        return (parts[0], parts.Length > 2 ? parts[1] : "");
    }

    /// <summary>The namespaces that a file imports, of ours only.</summary>
    public static IEnumerable<string> OwnUsings(string file) =>
        UsingPattern.Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value);

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder).Concat(
            Directory.EnumerateDirectories(folder)
                .Where(child => !Skipped.Contains(Path.GetFileName(child)))
                .SelectMany(Files));

    [GeneratedRegex(@"^using (?:static )?(Mizzen[\w.]*);", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex UsingPattern { get; }
}
