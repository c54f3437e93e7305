using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Tables;

/// <summary>
/// The JSONPath of printer columns: fields (<c>.spec.host</c>, <c>['a.b']</c>, <c>.a\.b</c>), items (<c>[0]</c>, <c>[-1]</c>, <c>[*]</c>) and
/// items by a field (<c>[?(@.type=="Ready")]</c>). A path that says anything else finds nothing.
/// </summary>
internal sealed class JsonPath
{
    private readonly List<Func<JsonNode, IEnumerable<JsonNode?>>>? _steps;

    private JsonPath(List<Func<JsonNode, IEnumerable<JsonNode?>>>? steps) => _steps = steps;

    public static JsonPath Parse(string path)
    {
        var steps = new List<Func<JsonNode, IEnumerable<JsonNode?>>>();
        for (var at = 0; at < path.Length;)
        {
            var step = path[at] == '[' ? Bracket(path, ref at) : Field(path, ref at);
            if (step is null)
            {
                return new JsonPath(null);
            }

            steps.Add(step);
        }

        return new JsonPath(steps);
    }

    /// <summary>The first value that the path leads to, or null.</summary>
    public JsonNode? First(JsonNode root) => _steps is null
        ? null
        : _steps
            .Aggregate<Func<JsonNode, IEnumerable<JsonNode?>>, IEnumerable<JsonNode>>([root], (nodes, step) => nodes.SelectMany(step).OfType<JsonNode>())
            .FirstOrDefault();

    private static Func<JsonNode, IEnumerable<JsonNode?>>? Field(string path, ref int at)
    {
        at += path[at] == '.' ? 1 : 0;
        var name = new StringBuilder();
        for (; at < path.Length && path[at] is not ('.' or '['); at++)
        {
            at += path[at] == '\\' && at + 1 < path.Length ? 1 : 0;
            name.Append(path[at]);
        }

        var field = name.ToString();
        return field.Length == 0 ? null : Member(field);
    }

    private static Func<JsonNode, IEnumerable<JsonNode?>>? Bracket(string path, ref int at)
    {
        var end = EndOfBracket(path, at);
        if (end < 0)
        {
            return null;
        }

        var inner = path[(at + 1)..end].Trim();
        at = end + 1;
        if (inner == "*")
        {
            return node => node switch { JsonArray array => array, JsonObject json => json.Select(field => field.Value), _ => [] };
        }

        if (inner.Length > 1 && inner[0] is '\'' or '"' && inner[^1] == inner[0])
        {
            return Member(inner[1..^1]);
        }

        return int.TryParse(inner, CultureInfo.InvariantCulture, out var index) ? Item(index) : Filter(inner);
    }

    // A quoted name or value may hold a bracket.
    private static int EndOfBracket(string path, int start)
    {
        var quote = '\0';
        for (var i = start + 1; i < path.Length; i++)
        {
            if (quote != '\0')
            {
                quote = path[i] == quote ? '\0' : quote;
            }
            else if (path[i] is '\'' or '"')
            {
                quote = path[i];
            }
            else if (path[i] == ']')
            {
                return i;
            }
        }

        return -1;
    }

    private static Func<JsonNode, IEnumerable<JsonNode?>> Member(string name) => node => node is JsonObject json ? [json[name]] : [];

    private static Func<JsonNode, IEnumerable<JsonNode?>> Item(int index) => node =>
    {
        var at = node is JsonArray array ? index < 0 ? array.Count + index : index : -1;
        return at >= 0 && at < ((JsonArray)node).Count ? [node[at]] : [];
    };

    private static Func<JsonNode, IEnumerable<JsonNode?>>? Filter(string inner)
    {
        if (!inner.StartsWith("?(@", StringComparison.Ordinal) || !inner.EndsWith(')'))
        {
            return null;
        }

        var parts = inner[3..^1].Split("==", 2, StringSplitOptions.TrimEntries);
        if (parts.Length < 2)
        {
            return null;
        }

        var (path, wanted) = (Parse(parts[0]), parts[1].Trim('\'', '"'));
        return node => node is JsonArray array ? array.Where(item => item is not null && path.First(item)?.ToString() == wanted) : [];
    }
}
