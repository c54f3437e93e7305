using System.CommandLine;
using System.Text.Json.Nodes;
using Mizzen.Inspection;
using Mizzen.Resources.Reading;
using Mizzen.Terminal;

namespace Mizzen.Verbs;

/// <summary><c>mizzen proxy-config</c>: what a proxy has been configured with, from its own dump.</summary>
internal static class ProxyConfigVerb
{
    public static Command Create()
    {
        var command = new VerbCommand(
            "proxy-config",
            "Show what a proxy is configured with",
            """
            mizzen proxy-config listeners frontend             of a pod of the workload 'frontend'
            mizzen proxy-config routes POD.NAMESPACE --name 80
            mizzen proxy-config clusters deploy/frontend --fqdn middleware --direction outbound
            mizzen proxy-config endpoints frontend --port 3000 -o json
            mizzen proxy-config all --file dump.json           a dump that was saved before
            """)
        {
            Listeners(),
            Routes(),
            Clusters(),
            Endpoints(),
            Secrets(),
            Bootstrap(),
            All(),
        };
        command.Aliases.Add("pc");
        return command;
    }

    private static Command Listeners()
    {
        var address = Filter("--address", "ADDRESS", "Only listeners of that address.");
        var port = Filter("--port", "PORT", "Only listeners of that port.");
        var type = Filter("--type", "TYPE", "HTTP, TCP or HTTP+TCP.");
        return ProxyConfigCommand.Create("listeners", ["listener", "l"], "Listeners and where their connections go", [address, port, type], (dump, result) => new View(
            [.. dump.Listeners.Where(listener =>
                Is(ListenerTable.Address(listener["address"]), result.GetValue(address))
                && Is(listener.Text("address", "socket_address", "port_value"), result.GetValue(port))
                && Is(ListenerTable.TypeOf(listener), result.GetValue(type)))],
            ListenerTable.Heading,
            ListenerTable.Rows));
    }

    private static Command Routes()
    {
        var name = Filter("--name", "NAME", "Only the route configuration of that name.");
        return ProxyConfigCommand.Create("routes", ["route", "r"], "Routes, by route configuration and virtual host", [name], (dump, result) => new View(
            [.. dump.Routes.Where(routes => Is(routes.Text("name"), result.GetValue(name)))], RouteTable.Heading, RouteTable.Rows), isNameTaken: true);
    }

    private static Command Clusters()
    {
        var fqdn = Filter("--fqdn", "TEXT", "Only clusters of services whose name holds the text.");
        var port = Filter("--port", "PORT", "Only clusters of that service port.");
        var direction = Filter("--direction", "DIRECTION", "inbound or outbound.");
        var subset = Filter("--subset", "SUBSET", "Only clusters of that subset.");
        return ProxyConfigCommand.Create("clusters", ["cluster", "c"], "Clusters: what connections can be opened to", [fqdn, port, direction, subset], (dump, result) => new View(
            [.. dump.Clusters.Where(cluster =>
            {
                var row = ClusterTable.Row(cluster);
                return row[0].Contains(result.GetValue(fqdn) ?? "", StringComparison.Ordinal)
                    && Is(row[1], result.GetValue(port)) && Is(row[3], result.GetValue(direction)) && Is(row[2], result.GetValue(subset));
            })],
            ClusterTable.Heading,
            cluster => [ClusterTable.Row(cluster)]));
    }

    private static Command Endpoints()
    {
        var address = Filter("--address", "ADDRESS", "Only endpoints of that address.");
        var port = Filter("--port", "PORT", "Only endpoints of that port.");
        var cluster = Filter("--cluster", "CLUSTER", "Only endpoints of that cluster.");
        var status = Filter("--status", "STATUS", "HEALTHY, UNHEALTHY or DRAINING.");
        return ProxyConfigCommand.CreateForEndpoints([address, port, cluster, status], (clusters, result) => new View(
            [.. clusters.Where(each => Is(each.Text("name"), result.GetValue(cluster))).Select(each => Matching(each, host =>
                Is(host.Text("address", "socket_address", "address"), result.GetValue(address))
                && Is(host.Text("address", "socket_address", "port_value"), result.GetValue(port))
                && Is(EndpointTable.Status(host), result.GetValue(status))))],
            EndpointTable.Heading,
            EndpointTable.Rows));
    }

    private static Command Secrets() => ProxyConfigCommand.Create(
        "secrets",
        ["secret", "s"],
        "Certificates and authorities",
        [],
        (dump, _) => new View(dump.Secrets, SecretTable.Heading, secret => [SecretTable.Row(secret, TimeProvider.System.GetUtcNow())]));

    private static Command Bootstrap() => ProxyConfigCommand.Create(
        "bootstrap",
        ["b"],
        "What the proxy was started with (JSON unless -o says otherwise)",
        [],
        (dump, _) => new View(dump.Bootstrap is { } bootstrap ? [bootstrap] : [], [], null));

    private static Command All() => ProxyConfigCommand.CreateForAll(dump =>
    [
        new View(dump.Clusters, ClusterTable.Heading, cluster => [ClusterTable.Row(cluster)]),
        new View(dump.Listeners, ListenerTable.Heading, ListenerTable.Rows),
        new View(dump.Routes, RouteTable.Heading, RouteTable.Rows),
        new View(dump.Secrets, SecretTable.Heading, secret => [SecretTable.Row(secret, TimeProvider.System.GetUtcNow())]),
    ]);

    private static Option<string?> Filter(string name, string value, string description) => new(name) { Description = description, HelpName = value };

    private static bool Is(string value, string? wanted) => wanted is null || string.Equals(value, wanted, StringComparison.OrdinalIgnoreCase);

    private static JsonObject Matching(JsonObject cluster, Func<JsonObject, bool> isWanted)
    {
        var copy = cluster.DeepClone().AsObject();
        copy["host_statuses"] = new JsonArray([.. cluster["host_statuses"].Objects().Where(isWanted).Select(JsonNode (host) => host.DeepClone())]);
        return copy;
    }
}

/// <summary>A part of a configuration, and how it looks as a table.</summary>
/// <param name="Items">The part.</param>
/// <param name="Heading">The table's columns.</param>
/// <param name="Rows">The rows of one item; null where there is no table, only JSON or YAML.</param>
internal sealed record View(IReadOnlyList<JsonObject> Items, string[] Heading, Func<JsonObject, IEnumerable<string[]>>? Rows);
