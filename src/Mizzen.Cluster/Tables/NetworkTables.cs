using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Tables;

/// <summary>Services and what belongs to them.</summary>
internal static class NetworkTables
{
    public static IEnumerable<KeyValuePair<(string Group, string Kind), KindTable>> All { get; } =
    [
        Table(
            "",
            "Service",
            [StandardColumns.Name, new("Type"), new("Cluster-IP"), new("External-IP"), new("Port(s)"), StandardColumns.Age, new("Selector", Priority: 1)],
            (json, now) =>
            [
                json.Name(), json.Text("spec", "type") ?? "", ClusterIp(json), ExternalIp(json), ServicePorts(json), json.Age(now),
                json.Labels("spec", "selector"),
            ]),
        Table("", "Endpoints", [StandardColumns.Name, new("Endpoints"), StandardColumns.Age], (json, now) => [json.Name(), Endpoints(json), json.Age(now)]),
        Table(
            "discovery.k8s.io",
            "EndpointSlice",
            [StandardColumns.Name, new("AddressType"), new("Ports"), new("Endpoints"), StandardColumns.Age],
            (json, now) => [json.Name(), json.Text("addressType") ?? "", SlicePorts(json), SliceAddresses(json), json.Age(now)]),
        Table(
            "networking.k8s.io",
            "Ingress",
            [StandardColumns.Name, new("Class"), new("Hosts"), new("Address"), new("Ports"), StandardColumns.Age],
            (json, now) =>
            [
                json.Name(),
                json.Text("spec", "ingressClassName").OrNone(),
                IngressHosts(json),
                string.Join(',', LoadBalancerAddresses(json)),
                json.Count("spec", "tls") > 0 ? "80, 443" : "80",
                json.Age(now),
            ]),
    ];

    private static KeyValuePair<(string Group, string Kind), KindTable> Table(
        string group, string kind, TableColumn[] columns, Func<JsonObject, DateTimeOffset, IEnumerable<JsonNode?>> row) =>
        KeyValuePair.Create((group, kind), new KindTable(columns, row));

    private static string ClusterIp(JsonObject service) =>
        (service.FirstItem("spec", "clusterIPs")?.ToString() ?? service.Text("spec", "clusterIP")).OrNone();

    private static string ExternalIp(JsonObject service)
    {
        var external = service.Items("spec", "externalIPs").Select(address => address.ToString()).ToList();
        switch (service.Text("spec", "type"))
        {
            case "ExternalName":
                return service.Text("spec", "externalName").OrNone();
            case "LoadBalancer":
                var all = string.Join(',', LoadBalancerAddresses(service).Concat(external));
                return all.Length > 0 ? all : "<pending>";
            default:
                return string.Join(',', external).OrNone();
        }
    }

    private static IEnumerable<string> LoadBalancerAddresses(JsonObject json) =>
        json.Items("status", "loadBalancer", "ingress")
            .Select(ingress => ingress.Text("ip") ?? ingress.Text("hostname"))
            .OfType<string>()
            .Distinct()
            .Order(StringComparer.Ordinal);

    private static string ServicePorts(JsonObject service) =>
        string.Join(',', service.Items("spec", "ports").Select(ServicePort)).OrNone();

    private static string ServicePort(JsonNode port)
    {
        var node = port.Number("nodePort") is not 0 and var number ? $":{number}" : "";
        return $"{port.Number("port")}{node}/{port.Text("protocol") ?? "TCP"}";
    }

    private static string Endpoints(JsonObject endpoints) =>
        endpoints.Items("subsets").SelectMany(SubsetAddresses).ToList().FirstThree(JsonFields.None);

    private static IEnumerable<string> SubsetAddresses(JsonNode subset)
    {
        var addresses = subset.Items("addresses").Select(address => address.Text("ip") ?? "").ToList();
        var ports = subset.Items("ports");
        return ports.Count == 0
            ? addresses
            : ports.SelectMany(port => addresses.Select(address => address.Contains(':') ? $"[{address}]:{port.Number("port")}" : $"{address}:{port.Number("port")}"));
    }

    private static string SlicePorts(JsonObject slice) =>
        slice.Items("ports")
            .Select(port => port.At("port") is { } number ? number.ToString() : port.Text("name") ?? "*")
            .ToList()
            .FirstThree("<unset>");

    private static string SliceAddresses(JsonObject slice) =>
        slice.Items("endpoints")
            .SelectMany(endpoint => endpoint.Items("addresses").Select(address => address.ToString()))
            .ToList()
            .FirstThree("<unset>");

    private static string IngressHosts(JsonObject ingress) =>
        ingress.Items("spec", "rules").Select(rule => rule.Text("host")).OfType<string>().ToList().FirstThree("*");
}
