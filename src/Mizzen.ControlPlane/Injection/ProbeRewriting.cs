using System.Text.Json.Nodes;
using Mizzen.Resources;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Injection;

/// <summary>
/// Leads the node's probes of the app through the agent (port 15020), because a redirected port answers only to the proxy's own rules.
/// The original probes travel in <c>ISTIO_KUBE_APP_PROBERS</c>. Commands are run in the container and stay as they are.
/// </summary>
internal static class ProbeRewriting
{
    private static readonly (string Field, string Name)[] Probes = [("readinessProbe", "readyz"), ("livenessProbe", "livez"), ("startupProbe", "startupz")];
    private static readonly (string Field, string Name)[] Hooks = [("preStop", "prestopz"), ("postStart", "poststartz")];

    /// <summary>Rewrites the probes of these containers in place.</summary>
    /// <returns>The original probes by the path under which the agent is asked for them.</returns>
    public static IReadOnlyDictionary<string, JsonObject> Apply(IEnumerable<JsonObject> containers)
    {
        var probers = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var container in containers)
        {
            var typed = ResourceJson.FromNode<Container>(container);
            foreach (var (field, name) in Probes)
            {
                Rewrite(container[field] as JsonObject, typed, $"/app-health/{typed.Name}/{name}", probers);
            }

            foreach (var (field, name) in Hooks)
            {
                Rewrite((container["lifecycle"] as JsonObject)?[field] as JsonObject, typed, $"/app-lifecycle/{typed.Name}/{name}", probers);
            }
        }

        return probers;
    }

    private static void Rewrite(JsonObject? probe, Container container, string path, Dictionary<string, JsonObject> probers)
    {
        if (probe is null || PortOf(probe, container) is not { } port)
        {
            return;
        }

        probers[path] = Original(probe, port);
        var get = probe["httpGet"] as JsonObject ?? [];
        probe.Remove("httpGet");
        probe.Remove("tcpSocket");
        probe.Remove("grpc");
        get.Remove("scheme");
        get.Remove("host");
        get["path"] = path;
        get["port"] = Names.AgentPort;
        probe["httpGet"] = get;
    }

    private static JsonObject Original(JsonObject probe, int port)
    {
        var original = new JsonObject();
        foreach (var kind in (string[])["httpGet", "tcpSocket", "grpc"])
        {
            if (probe[kind] is JsonObject action)
            {
                var copy = action.DeepClone().AsObject();
                copy["port"] = port;
                original[kind] = copy;
            }
        }

        if (probe["timeoutSeconds"] is { } timeout)
        {
            original["timeoutSeconds"] = timeout.DeepClone();
        }

        return original;
    }

    // Null for commands, and for a name that no port of the container has: the node will say so.
    private static int? PortOf(JsonObject probe, Container container)
    {
        var port = (probe["httpGet"] ?? probe["tcpSocket"] ?? probe["grpc"])?["port"];
        if (port is null)
        {
            return null;
        }

        var value = ResourceJson.FromNode<IntOrString>(port);
        return value.Number ?? container.Ports?.FirstOrDefault(candidate => candidate.Name == value.Text)?.Port;
    }
}
