using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Mizzen.Explaining;

/// <summary>Which way a request takes through a proxy's configuration.</summary>
internal sealed partial record Explanation
{
    private const int ShownEndpoints = 10;

    public required string Request { get; init; }

    public required string From { get; init; }

    public required Destination Destination { get; init; }

    public string Listener { get; init; } = "";

    public string Chain { get; init; } = "";

    public string RouteConfiguration { get; init; } = "";

    public string VirtualHost { get; init; } = "";

    /// <summary>Earlier rules with the reason why the request passes them by.</summary>
    public IReadOnlyList<(string Rule, string Reason)> Passed { get; init; } = [];

    /// <summary>The rule that takes the request; empty when none does.</summary>
    public string Rule { get; init; } = "";

    /// <summary>Why the way ends before a rule; empty when it does not.</summary>
    public string End { get; init; } = "";

    public string Target { get; init; } = "";

    public IReadOnlyList<(string Name, string Value)> Settings { get; init; } = [];

    public IReadOnlyList<ExplainedCluster> Clusters { get; init; } = [];

    public IReadOnlyList<string> Filters { get; init; } = [];

    /// <summary>What becomes of it at one endpoint of each cluster that has a proxy.</summary>
    public IReadOnlyList<ServerSide> Servers { get; init; } = [];

    public string ToText()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Request} from {From}\n\n");
        foreach (var (name, value) in Lines().Where(line => line.Value.Length > 0))
        {
            text.Append("  ").Append(name.PadRight(16)).Append(value).Append('\n');
        }

        return text.ToString();
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["request"] = Request,
            ["from"] = From,
            ["destination"] = new JsonObject { ["address"] = Destination.Address, ["what"] = Destination.What },
            ["listener"] = Listener,
            ["filterChain"] = Chain,
            ["routeConfiguration"] = RouteConfiguration,
            ["virtualHost"] = VirtualHost,
            ["passed"] = new JsonArray([.. Passed.Select(JsonNode (passed) => new JsonObject { ["rule"] = passed.Rule, ["reason"] = passed.Reason })]),
            ["rule"] = Rule,
            ["target"] = Target,
            ["settings"] = new JsonObject(Settings.Select(setting => KeyValuePair.Create(setting.Name, (JsonNode?)setting.Value))),
            ["clusters"] = new JsonArray([.. Clusters.Select(JsonNode (cluster) => cluster.ToJson())]),
            ["filters"] = new JsonArray([.. Filters.Select(JsonNode (filter) => filter)]),
        };
        json["servers"] = new JsonArray([.. Servers.Select(JsonNode (server) => new JsonObject { ["pod"] = server.Pod, ["connection"] = server.Connection, ["access"] = server.Access, ["tokens"] = server.Tokens })]);
        if (End.Length > 0)
        {
            json["end"] = End;
        }

        return json;
    }

    /// <summary>What is another in a second explanation of the same request: a line each.</summary>
    public IEnumerable<string> ChangesTo(Explanation after)
    {
        var (old, now) = (Lines().ToList(), after.Lines().ToList());
        foreach (var name in old.Concat(now).Select(line => line.Name).Distinct())
        {
            var before = string.Join("; ", old.Where(line => line.Name == name && line.Value.Length > 0).Select(line => line.Value));
            var later = string.Join("; ", now.Where(line => line.Name == name && line.Value.Length > 0).Select(line => line.Value));
            if (PlacePattern.Replace(before, "") != PlacePattern.Replace(later, ""))
            {
                yield return $"{name}: {(before.Length == 0 ? "none" : before)}  →  {(later.Length == 0 ? "none" : later)}";
            }
        }
    }

    // Where a rule stands is no change of what it says.
    [GeneratedRegex(@" \([^()]+:\d+\)", RegexOptions.CultureInvariant)]
    private static partial Regex PlacePattern { get; }

    private IEnumerable<(string Name, string Value)> Lines()
    {
        yield return ("connects to", $"{Destination.Address} ({Destination.What})");
        yield return ("listener", Listener.Length == 0 ? "" : $"{Listener}, {Chain}");
        yield return ("routes", RouteConfiguration);
        yield return ("virtual host", VirtualHost);
        foreach (var (rule, reason) in Passed)
        {
            yield return ("passes by", $"{rule}: {reason}");
        }

        yield return ("rule", Rule);
        yield return ("goes to", Target);
        foreach (var (name, value) in Settings)
        {
            yield return (name, value);
        }

        foreach (var cluster in Clusters)
        {
            yield return ("cluster", cluster.ToString());
            foreach (var endpoint in cluster.Endpoints.Take(ShownEndpoints))
            {
                yield return ("endpoint", endpoint);
            }

            if (cluster.Endpoints.Count > ShownEndpoints)
            {
                yield return ("endpoint", $"and {cluster.Endpoints.Count - ShownEndpoints} more");
            }
        }

        yield return ("filters", string.Join(", ", Filters));
        foreach (var server in Servers)
        {
            yield return ("at the server", $"{server.Pod}, over {server.Connection}");
            yield return ("access", server.Access);
            yield return ("tokens", server.Tokens);
        }

        yield return ("end", End);
    }
}

/// <summary>A cluster that the request may be sent to.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Share">Percent of such requests.</param>
/// <param name="Exists">Whether the configuration has it; without, the answer is 503.</param>
/// <param name="Policy">Balancing, limits and encryption, in words.</param>
/// <param name="DestinationRule">The rule behind that; empty when there is none.</param>
/// <param name="Endpoints">Addresses with their health.</param>
internal sealed record ExplainedCluster(string Name, double Share, bool Exists, string Policy, string DestinationRule, IReadOnlyList<string> Endpoints)
{
    public override string ToString() => !Exists
        ? $"{Name} does not exist: the answer is 503"
        : $"{Name}: {Policy}{(DestinationRule.Length == 0 ? "" : $" ({DestinationRule})")}{(Endpoints.Count == 0 && !Policy.Contains("original destination", StringComparison.Ordinal) ? ", no endpoint: the answer is 503" : "")}";

    public JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["share"] = Share,
        ["exists"] = Exists,
        ["policy"] = Policy,
        ["destinationRule"] = DestinationRule,
        ["endpoints"] = new JsonArray([.. Endpoints.Select(JsonNode (endpoint) => endpoint)]),
    };
}
