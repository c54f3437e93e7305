using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.Storage;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Strategies;

/// <summary>Services: cluster addresses from 10.96.0.0/16, node ports from 30000 to 32767.</summary>
internal sealed class ServiceStrategy(ObjectStore store) : KindStrategy
{
    public static readonly ResourceName Resource = new("", "services");

    private const string Headless = "None";
    private const int FirstNodePort = 30000;
    private const int LastNodePort = 32767;

    // The first addresses are for well-known services: the API server has .1, DNS .10.
    private const int FirstFreeHost = 256;

    private static readonly IPNetwork Range = IPNetwork.Parse("10.96.0.0/16");

    public override bool Allocates => true;

    public override void ApplyDefaults(JsonObject node)
    {
        var spec = node.Ensure("spec");
        spec.Default("type", "ClusterIP");
        spec.Default("sessionAffinity", "None");
        foreach (var port in spec.Items("ports"))
        {
            port.Default("protocol", "TCP");
            if (port["targetPort"]?.ToString() is null or "0" or "")
            {
                port["targetPort"] = port["port"]?.DeepClone();
            }
        }

        ApplyTypeDefaults(spec);
    }

    public override void PrepareCreate(JsonObject node) => node["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };

    // Clients that replace a Service often leave out what the server has given it.
    public override void PrepareUpdate(JsonObject node, JsonObject old)
    {
        var spec = node.Ensure("spec");
        var before = old.Ensure("spec");
        if (spec.Text("type") == "ExternalName" || before.Text("type") == "ExternalName")
        {
            return;
        }

        if (string.IsNullOrEmpty(spec.Text("clusterIP")))
        {
            spec.CopyFrom(before, "clusterIP");
            spec.CopyFrom(before, "clusterIPs");
        }

        KeepNodePorts(spec, before);
    }

    public override void Validate(JsonObject node, JsonObject? old, List<FieldError> errors)
    {
        var spec = node.Ensure("spec");
        ServiceRules.Check(spec, errors);
        var before = old?.Child("spec");
        if (before.Text("clusterIP") is { Length: > 0 } address && before.Text("type") != "ExternalName" && spec.Text("type") != "ExternalName"
            && spec.Text("clusterIP") != address)
        {
            errors.Add(new FieldError("spec.clusterIPs[0]", FieldErrorKind.Invalid, $"Invalid value: \"{spec.Text("clusterIP")}\": may not change once set"));
        }
    }

    public override void Allocate(JsonObject node, JsonObject? old)
    {
        var spec = node.Ensure("spec");
        var others = Others(node.Metadata());
        if (spec.Text("type") == "ExternalName")
        {
            spec.Remove("clusterIP");
            spec.Remove("clusterIPs");
        }
        else
        {
            AllocateAddress(node, spec, others);
        }

        AllocateNodePorts(node, spec, others);
    }

    private static void ApplyTypeDefaults(JsonObject spec)
    {
        var type = spec.Text("type");
        if (type == "ExternalName")
        {
            return;
        }

        spec.Default("ipFamilies", new JsonArray("IPv4"));
        spec.Default("ipFamilyPolicy", "SingleStack");
        spec.Default("internalTrafficPolicy", "Cluster");
        if (type is "NodePort" or "LoadBalancer")
        {
            spec.Default("externalTrafficPolicy", "Cluster");
        }

        if (type == "LoadBalancer")
        {
            spec.Default("allocateLoadBalancerNodePorts", true);
        }

        if (spec.Text("clusterIP") is { Length: > 0 } address)
        {
            spec["clusterIPs"] = new JsonArray(address);
        }
    }

    private List<JsonElement> Others(JsonObject metadata)
    {
        var key = new ObjectKey(metadata.Text("namespace")!, metadata.Text("name")!);
        return [.. store.Snapshot(Resource).Objects.Values.Where(service => service.Key != key).Select(service => service.Root.GetProperty("spec"))];
    }

    private static void AllocateAddress(JsonObject node, JsonObject spec, List<JsonElement> others)
    {
        var taken = others.Select(other => other.TryGetProperty("clusterIP", out var address) ? address.GetString() : null).ToHashSet();
        var wanted = spec.Text("clusterIP");
        if (string.IsNullOrEmpty(wanted))
        {
            wanted = FreeAddress(taken);
        }
        else if (wanted != Headless && taken.Contains(wanted))
        {
            throw Refused(node, "spec.clusterIPs", $"Invalid value: [\"{wanted}\"]: failed to allocate IP {wanted}: provided IP is already allocated");
        }
        else if (wanted != Headless && !(IPAddress.TryParse(wanted, out var address) && Range.Contains(address)))
        {
            throw Refused(node, "spec.clusterIPs", $"Invalid value: [\"{wanted}\"]: failed to allocate IP {wanted}: the provided IP is not in the valid range {Range}");
        }

        spec["clusterIP"] = wanted;
        spec["clusterIPs"] = new JsonArray(wanted);
    }

    private static string FreeAddress(HashSet<string?> taken)
    {
        for (var host = FirstFreeHost; host < 65535; host++)
        {
            var address = string.Create(CultureInfo.InvariantCulture, $"10.96.{host >> 8}.{host & 255}");
            if ((host & 255) is not 0 and not 255 && !taken.Contains(address))
            {
                return address;
            }
        }

        throw Errors.Internal("failed to allocate a serviceIP: range is full");
    }

    private static void AllocateNodePorts(JsonObject node, JsonObject spec, List<JsonElement> others)
    {
        if (spec.Text("type") is not ("NodePort" or "LoadBalancer") || (spec["allocateLoadBalancerNodePorts"] is not null && !spec.IsTrue("allocateLoadBalancerNodePorts")))
        {
            return;
        }

        var taken = others.SelectMany(NodePortsOf).ToHashSet();
        foreach (var port in spec.Items("ports"))
        {
            var wanted = port.Number("nodePort") ?? 0;
            if (wanted != 0 && !taken.Add((wanted, port.Text("protocol"))))
            {
                throw Refused(node, "spec.ports[0].nodePort", $"Invalid value: {wanted}: provided port is already allocated");
            }
        }

        foreach (var port in spec.Items("ports").Where(port => port.Number("nodePort") is null or 0))
        {
            port["nodePort"] = FreeNodePort(taken, port.Text("protocol"));
        }
    }

    private static int FreeNodePort(HashSet<(long, string?)> taken, string? protocol)
    {
        for (var port = FirstNodePort; port <= LastNodePort; port++)
        {
            if (taken.Add((port, protocol)))
            {
                return port;
            }
        }

        throw Errors.Internal("failed to allocate a nodePort: range is full");
    }

    private static IEnumerable<(long Port, string? Protocol)> NodePortsOf(JsonElement spec) =>
        spec.TryGetProperty("ports", out var ports) && ports.ValueKind == JsonValueKind.Array
            ? ports.EnumerateArray()
                .Where(port => port.TryGetProperty("nodePort", out _))
                .Select(port => (port.GetProperty("nodePort").GetInt64(), port.TryGetProperty("protocol", out var protocol) ? protocol.GetString() : "TCP"))
            : [];

    private static void KeepNodePorts(JsonObject spec, JsonObject before)
    {
        if (spec.Text("type") is not ("NodePort" or "LoadBalancer"))
        {
            return;
        }

        foreach (var port in spec.Items("ports").Where(port => port["nodePort"] is null))
        {
            var same = before.Items("ports").FirstOrDefault(old => old.Number("port") == port.Number("port") && old.Text("protocol") == port.Text("protocol"));
            if (same?["nodePort"] is { } nodePort)
            {
                port["nodePort"] = nodePort.DeepClone();
            }
        }
    }

    private static StatusException Refused(JsonObject node, string field, string message) =>
        Errors.Invalid("Service", "", node.Metadata().Text("name") ?? "", [new FieldError(field, FieldErrorKind.Invalid, message)]);
}
