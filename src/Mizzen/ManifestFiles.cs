using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen;

/// <summary>Reads the YAML and JSON that users name with <c>-f</c>: files, folders (sorted, not nested), or <c>-</c> for standard input.</summary>
internal static class ManifestFiles
{
    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    /// <summary>Every object, in the order of the files.</summary>
    /// <exception cref="UserErrorException">A file is missing or cannot be read as YAML; all problems are named with file and line.</exception>
    public static IReadOnlyList<JsonObject> Read(string path)
    {
        var results = Sources(path).Select(source => ResourceReader.Read(source.Text, source.Name)).ToList();
        var problems = results.SelectMany(result => result.Problems).ToList();
        return problems.Count == 0
            ? [.. results.SelectMany(result => result.Documents).Select(document => document.Node)]
            : throw new UserErrorException(string.Join('\n', problems.Select(problem => problem.ToString())));
    }

    /// <summary>An object as YAML.</summary>
    public static string ToYaml(JsonObject node) => YamlWriter.Write(node);

    /// <summary>The texts behind a path, with the names that problems refer to.</summary>
    public static IEnumerable<(string Name, string Text)> Sources(string path)
    {
        if (path == "-")
        {
            return [("standard input", Console.In.ReadToEnd())];
        }

        if (Directory.Exists(path))
        {
            var files = Directory.EnumerateFiles(path).Where(file => Extensions.Contains(Path.GetExtension(file)));
            return files.Order(StringComparer.Ordinal).Select(file => (file, File.ReadAllText(file)));
        }

        return File.Exists(path)
            ? [(path, File.ReadAllText(path))]
            : throw new UserErrorException($"-f {path}: there is no such file or folder");
    }
}
