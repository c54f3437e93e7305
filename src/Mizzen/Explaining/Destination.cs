using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Mizzen.Inspection;
using Mizzen.Resources.Reading;

namespace Mizzen.Explaining;

/// <summary>The address that an app would connect to, and what that is.</summary>
/// <param name="Address">address:port.</param>
/// <param name="What">In words.</param>
internal sealed record Destination(string Address, string What)
{
    /// <summary>Stands for every address outside of the mesh (TEST-NET-2, RFC 5737).</summary>
    private const string SomewhereOutside = "198.51.100.1";

    /// <summary>Where a request goes as the DNS of the cluster would say, from a pod of a namespace.</summary>
    /// <param name="request">The request.</param>
    /// <param name="ns">The client's namespace.</param>
    /// <param name="objects">Services among others.</param>
    /// <param name="dump">The client's configuration, which knows addresses that objects do not tell.</param>
    public static Destination Of(RequestToExplain request, string ns, IReadOnlyList<JsonObject> objects, ConfigDump dump)
    {
        if (IPAddress.TryParse(request.Host, out _))
        {
            return new Destination(At(request.Host, request.Port), "the address that was given");
        }

        if (objects.FirstOrDefault(item => item.Text("kind") == "Service" && IsCalled(item, request.Host, ns)) is { } service)
        {
            var name = $"Service {service.Text("metadata", "namespace")}/{service.Text("metadata", "name")}";
            return service.Text("spec", "clusterIP") is not ("" or "None") and var address
                ? new Destination(At(address, request.Port), name)
                : new Destination(At(EndpointOf(service, request.Port, dump) ?? SomewhereOutside, request.Port), $"a pod of the headless {name}");
        }

        return new Destination(At(AddressOf(request, dump) ?? SomewhereOutside, request.Port), "no Service of the cluster: an address outside");
    }

    /// <summary>Where a request from outside arrives at a gateway: its own port behind the Service's.</summary>
    public static Destination AtGateway(RequestToExplain request, JsonObject pod, IReadOnlyList<JsonObject> objects)
    {
        var labels = pod.At("metadata", "labels").TextMap();
        var port = objects.Where(item => item.Text("kind") == "Service" && item.Text("metadata", "namespace") == pod.Text("metadata", "namespace")
                && item.At("spec", "selector") is JsonObject { Count: > 0 } selector && selector.TextMap().All(label => labels.GetValueOrDefault(label.Key) == label.Value))
            .SelectMany(service => service.At("spec", "ports").Objects())
            .FirstOrDefault(port => port.Number("port") == request.Port)?.Number("targetPort") ?? request.Port;
        return new Destination(At(pod.Text("status", "podIP") is { Length: > 0 } ip ? ip : "0.0.0.0", port), string.Create(CultureInfo.InvariantCulture, $"the gateway's port {port}"));
    }

    private static bool IsCalled(JsonObject service, string host, string ns)
    {
        var (name, own) = (service.Text("metadata", "name"), service.Text("metadata", "namespace"));
        return (host == name && own == ns) || host == $"{name}.{own}" || host == $"{name}.{own}.svc" || host.StartsWith($"{name}.{own}.svc.", StringComparison.Ordinal);
    }

    private static string? EndpointOf(JsonObject service, int port, ConfigDump dump) => dump.Endpoints
        .Where(assignment => EnvoyClusterName.Parse(assignment.Text("cluster_name")) is var name && name.Port == port
            && name.Host.StartsWith($"{service.Text("metadata", "name")}.{service.Text("metadata", "namespace")}.", StringComparison.Ordinal))
        .SelectMany(assignment => assignment["endpoints"].Objects()).SelectMany(locality => locality["lb_endpoints"].Objects())
        .Select(endpoint => endpoint.Text("endpoint", "address", "socket_address", "address")).FirstOrDefault();

    // A virtual host lists the addresses of its service among its domains.
    private static string? AddressOf(RequestToExplain request, ConfigDump dump) => dump.Routes
        .Where(routes => routes.Text("name") == request.Port.ToString(CultureInfo.InvariantCulture))
        .SelectMany(routes => routes["virtual_hosts"].Objects())
        .Where(host => host["domains"].Texts().Contains(request.Host))
        .SelectMany(host => host["domains"].Texts()).FirstOrDefault(domain => IPAddress.TryParse(domain, out _));

    private static string At(string address, int port) => address.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{address}]:{port}")
        : string.Create(CultureInfo.InvariantCulture, $"{address}:{port}");
}
