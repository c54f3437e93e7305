using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Manifests;

/// <summary>Reads the YAML and JSON that users name with <c>-f</c>: files, folders (sorted), or <c>-</c> for standard input.</summary>
internal static class ManifestFiles
{
    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    /// <summary>Every object, in the order of the files.</summary>
    /// <exception cref="UserErrorException">A file is missing or cannot be read as YAML; all problems are named with file and line.</exception>
    public static IReadOnlyList<JsonObject> Read(string path) => [.. ReadDocuments([path]).Select(document => document.Node)];

    /// <summary>Every object with its lines.</summary>
    /// <exception cref="UserErrorException">A file is missing or cannot be read as YAML; all problems are named with file and line.</exception>
    public static IReadOnlyList<ResourceDocument> ReadDocuments(IEnumerable<string> paths)
    {
        var read = ReadAll(paths, isRecursive: false);
        return read.Problems.Count == 0 ? read.Documents : throw new UserErrorException(string.Join('\n', read.Problems.Select(problem => problem.ToString())));
    }

    /// <summary>Every object that can be read, and what cannot.</summary>
    /// <exception cref="UserErrorException">A file is missing.</exception>
    public static ReadResult ReadAll(IEnumerable<string> paths, bool isRecursive)
    {
        var results = paths.SelectMany(path => Sources(path, isRecursive)).Select(source => ResourceReader.Read(source.Text, source.Name)).ToList();
        return new ReadResult([.. results.SelectMany(result => result.Documents)], [.. results.SelectMany(result => result.Problems)]);
    }

    /// <summary>An object as YAML.</summary>
    public static string ToYaml(JsonObject node) => YamlWriter.Write(node);

    /// <summary>The texts behind a path, with the names that problems refer to.</summary>
    public static IEnumerable<(string Name, string Text)> Sources(string path, bool isRecursive = false)
    {
        if (path == "-")
        {
            return [("standard input", Console.In.ReadToEnd())];
        }

        if (Directory.Exists(path))
        {
            var files = Directory.EnumerateFiles(path, "*", isRecursive ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly).Where(file => Extensions.Contains(Path.GetExtension(file)));
            return files.Order(StringComparer.Ordinal).Select(file => (file, File.ReadAllText(file)));
        }

        return File.Exists(path)
            ? [(path, File.ReadAllText(path))]
            : throw new UserErrorException($"-f {path}: there is no such file or folder");
    }
}
