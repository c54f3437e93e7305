using System.Text.Json.Nodes;
using Mizzen.Inspection;
using Mizzen.Manifests;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Reading;

namespace Mizzen.Explaining;

/// <summary>Finds the rule of a VirtualService that a route was made from: by the conditions that both have, in order.</summary>
internal sealed class RuleFinder(ObjectSet objects)
{
    private readonly HashSet<(string Rule, int Index)> _used = [];

    /// <summary><c>VirtualService default/reviews spec.http[1] (reviews.yaml:24)</c>; the object alone when the rule is not found; null when no object made the route.</summary>
    public string? Of(JsonNode? route)
    {
        if (Origins.KindAndName(route) is not { Length: > 0 } about || about.Split(' ') is not [var kind, var full] || full.Split('/') is not [var ns, var name])
        {
            return null;
        }

        var rule = objects.Objects.FirstOrDefault(item => item.Text("kind") == kind && item.Text("metadata", "namespace") == ns && item.Text("metadata", "name") == name);
        var path = PathOf(rule, route, about);
        var lines = objects.SourceOf(new ResourceKey("networking.istio.io", kind, ns, name));
        var place = lines is null ? "" : $" ({lines.Source}:{lines.LineOf(path ?? "")})";
        return path is null ? about + place : $"{about} {path}{place}";
    }

    private string? PathOf(JsonObject? rule, JsonNode? route, string about)
    {
        var wanted = Signature(route.At("match"));
        var rules = rule.At("spec", "http").Objects().ToList();
        var position = 0;
        for (var i = 0; i < rules.Count; i++)
        {
            var matches = rules[i]["match"].Objects().DefaultIfEmpty([]).ToList();
            for (var m = 0; m < matches.Count; m++, position++)
            {
                if (Written(matches[m]) == wanted && _used.Add((about, position)))
                {
                    return matches.Count > 1 ? $"spec.http[{i}].match[{m}]" : $"spec.http[{i}]";
                }
            }
        }

        return null;
    }

    /// <summary>What an Envoy match is about: the path, and the names of headers and parameters.</summary>
    private static string Signature(JsonNode? match)
    {
        var path = match switch
        {
            _ when match.At("path") is { } exact => "=" + exact,
            _ when match.At("safe_regex") is { } regex => "~" + regex.Text("regex"),
            _ when match.Text("prefix") is { Length: > 1 } prefix => "^" + prefix,
            _ => "",
        };
        return Join(path, match.At("headers").Objects().Select(header => header.Text("name")), match.At("query_parameters").Objects().Select(query => query.Text("name")));
    }

    /// <summary>The same of a rule's condition.</summary>
    private static string Written(JsonObject match)
    {
        var uri = match["uri"];
        var path = uri switch
        {
            _ when uri.Text("exact") is { Length: > 0 } exact => "=" + exact,
            _ when uri.Text("regex") is { Length: > 0 } regex => "~" + regex,
            _ when uri.Text("prefix") is { Length: > 1 } prefix => "^" + prefix,
            _ => "",
        };
        var pseudo = new[] { ("method", ":method"), ("authority", ":authority"), ("scheme", ":scheme") }.Where(pair => match.ContainsKey(pair.Item1)).Select(pair => pair.Item2);
        var headers = match["headers"].TextMap().Keys.Concat(match["withoutHeaders"].TextMap().Keys).Where(name => !name.StartsWith('@'));
        return Join(path, headers.Concat(pseudo), match["queryParams"].TextMap().Keys);
    }

    private static string Join(string path, IEnumerable<string> headers, IEnumerable<string> queries) =>
        $"{path} {string.Join(',', headers.Order(StringComparer.Ordinal))} {string.Join(',', queries.Order(StringComparer.Ordinal))}";
}
