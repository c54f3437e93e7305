using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Mizzen.Resources.Reading;

/// <summary>
/// The one reader of YAML and JSON: several documents, lists of objects, line numbers for messages. JSON is read as the YAML that it is.
/// </summary>
public static class ResourceReader
{
    /// <summary>A text that is not YAML.</summary>
    public const string NotYaml = "MZ0001";

    /// <summary>A document that is not an object, or lacks apiVersion or kind.</summary>
    public const string NotAnObject = "MZ0002";

    /// <summary>A key that stands twice in one object.</summary>
    public const string DuplicateKey = "MZ0003";

    /// <summary>Reads every object of a text.</summary>
    /// <param name="text">YAML or JSON, one or several documents.</param>
    /// <param name="source">The name that problems carry: a file, or what a person would call the text.</param>
    public static ReadResult Read(string text, string source)
    {
        var documents = new List<ResourceDocument>();
        var problems = new List<Problem>();
        foreach (var (node, lines) in ReadNodes(text, source, problems))
        {
            AddObjects(node, new SourceMap(source, lines), source, documents, problems);
        }

        return new ReadResult(documents, problems);
    }

    /// <summary>Reads one YAML or JSON value that need not be a Kubernetes object, such as a mesh configuration.</summary>
    /// <exception cref="FormatException">The text is not YAML; the message carries line and column.</exception>
    public static JsonNode? ReadValue(string text, string source)
    {
        var problems = new List<Problem>();
        var nodes = ReadNodes(text, source, problems).ToList();
        return problems.Count == 0 ? nodes.FirstOrDefault().Node : throw new FormatException(string.Join('\n', problems));
    }

    private static List<(JsonNode? Node, Dictionary<string, int> Lines)> ReadNodes(string text, string source, List<Problem> problems)
    {
        var nodes = new List<(JsonNode?, Dictionary<string, int>)>();
        try
        {
            var parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
            parser.Consume<StreamStart>();
            while (!parser.Accept<StreamEnd>(out _))
            {
                var converter = new YamlToJson(parser, source, problems);
                nodes.Add((converter.ReadDocument(), converter.Lines));
            }
        }
        catch (YamlException error)
        {
            problems.Add(ProblemOf(error, text, source));
        }

        return nodes;
    }

    private static Problem ProblemOf(YamlException error, string text, string source)
    {
        var reason = error.InnerException?.Message ?? error.Message;
        var tab = Array.FindIndex(text.Split('\n'), line => line.AsSpan(0, line.Length - line.AsSpan().TrimStart().Length).Contains('\t'));
        return tab < 0
            ? new Problem(NotYaml, null, "", $"not YAML (column {error.Start.Column}): {reason}", null, (int)error.Start.Line, source)
            : new Problem(NotYaml, null, "", $"not YAML: {reason}", "YAML is indented with blanks, not with tabs", tab + 1, source);
    }

    private static void AddObjects(JsonNode? node, SourceMap lines, string source, List<ResourceDocument> documents, List<Problem> problems)
    {
        if (node is null)
        {
            return;
        }

        if (node is not JsonObject json || json["apiVersion"] is null || json["kind"] is null)
        {
            problems.Add(new Problem(
                NotAnObject, null, "", "not a Kubernetes object: apiVersion and kind are missing", "start it with 'apiVersion:' and 'kind:'", lines.LineOf(""), source));
            return;
        }

        if (json["items"] is JsonArray items && json["kind"]!.ToString().EndsWith("List", StringComparison.Ordinal))
        {
            for (var i = 0; i < items.Count; i++)
            {
                if (items[i] is JsonObject item)
                {
                    documents.Add(new ResourceDocument((JsonObject)item.DeepClone(), lines.Below($"items[{i}]")));
                }
            }
        }
        else
        {
            documents.Add(new ResourceDocument(json, lines));
        }
    }
}
