using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Inspection;

/// <summary>Route configurations as istioctl's table shows them: a row a route.</summary>
internal static class RouteTable
{
    private const int ShownDomains = 2;

    public static readonly string[] Heading = ["NAME", "VHOST NAME", "DOMAINS", "MATCH", "VIRTUAL SERVICE"];

    public static IEnumerable<string[]> Rows(JsonObject configuration)
    {
        foreach (var host in configuration["virtual_hosts"].Objects())
        {
            var domains = Domains([.. (host["domains"] as JsonArray ?? []).Select(domain => domain?.ToString() ?? "")]);
            foreach (var route in host["routes"].Objects().DefaultIfEmpty([]))
            {
                yield return [configuration.Text("name"), host.Text("name"), domains, Match(route["match"]), Target(route)];
            }
        }
    }

    /// <summary>The condition on the path, and how many other conditions there are.</summary>
    public static string Match(JsonNode? match)
    {
        var path = match switch
        {
            JsonObject { Count: 0 } or null => "*",
            _ when match["path"] is { } exact => exact.ToString(),
            _ when match["prefix"] is { } prefix => prefix + "*",
            _ when match["path_separated_prefix"] is { } prefix => $"PathPrefix:{prefix}",
            _ when match["safe_regex"] is { } regex => "regex " + regex.Text("regex"),
            _ => "*",
        };
        var others = Count(match.At("headers")) + Count(match.At("query_parameters"));
        return others == 0 ? path : string.Create(CultureInfo.InvariantCulture, $"{path} +{others}");
    }

    private static int Count(JsonNode? list) => (list as JsonArray)?.Count ?? 0;

    private static string Target(JsonObject route) =>
        Origins.Of(route) is { Length: > 0 } origin ? origin : route.At("direct_response", "status") is { } status ? status.ToString() : "";

    private static string Domains(string[] domains)
    {
        var shown = string.Join(", ", domains.Take(ShownDomains));
        return domains.Length > ShownDomains ? string.Create(CultureInfo.InvariantCulture, $"{shown} + {domains.Length - ShownDomains} more...") : shown;
    }
}
