using Mizzen.Resources.Core;
using Mizzen.Resources.Ingress;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model.Ingresses;

/// <summary>One path of an Ingress under a host.</summary>
/// <param name="Ingress">The object.</param>
/// <param name="Gateway">The Gateway that serves it.</param>
/// <param name="Host">The host; <c>*</c> for every.</param>
/// <param name="Rank">Exact paths come before prefixes, the default backend after both.</param>
/// <param name="Length">Of paths of one rank the longer comes first.</param>
/// <param name="Route">What is done.</param>
internal sealed record IngressHostRule(KubernetesIngress Ingress, string Gateway, string Host, int Rank, int Length, HTTPRoute Route);

/// <summary>The paths of an Ingress as rules of a VirtualService (Kubernetes' documentation, "Path types"; Istio's reading of ImplementationSpecific).</summary>
internal static class IngressRules
{
    private const string EveryHost = "*";
    private const int ExactRank = 0;
    private const int PrefixRank = 1;
    private const int DefaultRank = 2;

    public static IEnumerable<IngressHostRule> Of(KubernetesIngress ingress, string gateway, IReadOnlyList<Service> services)
    {
        foreach (var rule in ingress.Spec?.Rules ?? [])
        {
            foreach (var path in rule.Http?.Paths ?? [])
            {
                var (rank, match) = MatchOf(path);
                if (To(ingress, path.Backend, services) is { } route)
                {
                    var written = path.Path ?? "";
                    yield return new IngressHostRule(ingress, gateway, rule.Host is { Length: > 0 } host ? host : EveryHost, rank, written.Length, match is null ? route : route with { Match = [match] });
                }
            }
        }

        if (To(ingress, ingress.Spec?.DefaultBackend, services) is { } otherwise)
        {
            yield return new IngressHostRule(ingress, gateway, EveryHost, DefaultRank, 0, otherwise);
        }
    }

    /// <summary>The condition; none where it would be every path.</summary>
    private static (int Rank, HTTPMatchRequest? Match) MatchOf(HTTPIngressPath path)
    {
        var written = path.Path is { Length: > 0 } text ? text : "/";
        return path.PathType switch
        {
            "Exact" => (ExactRank, Exact(written)),
            "Prefix" => (PrefixRank, written == "/" ? null : Prefix(written, isSegments: true)),
            _ when written.EndsWith(".*", StringComparison.Ordinal) => (PrefixRank, written is "/.*" ? null : Prefix(written[..^2], isSegments: false)),
            _ when written.EndsWith("/*", StringComparison.Ordinal) => (PrefixRank, written is "/*" ? null : Prefix(written[..^2], isSegments: false)),
            _ => path.Path is { Length: > 0 } ? (ExactRank, Exact(written)) : (PrefixRank, null),
        };
    }

    private static HTTPMatchRequest Exact(string path) => new() { Uri = new StringMatch { Exact = path } };

    private static HTTPMatchRequest Prefix(string path, bool isSegments) => new() { Uri = new StringMatch { Prefix = path }, IsPathSegments = isSegments };

    private static HTTPRoute? To(KubernetesIngress ingress, IngressBackend? backend, IReadOnlyList<Service> services)
    {
        var ns = ingress.Metadata.Namespace ?? "";
        if (backend?.Service is not { Name: { Length: > 0 } name } service || PortOf(service.Port, name, ns, services) is not { } port)
        {
            return null;
        }

        return new HTTPRoute
        {
            Origin = $"/apis/networking.k8s.io/v1/namespaces/{ns}/ingress/{ingress.Metadata.Name}",
            Route = [new HTTPRouteDestination { Destination = new Destination { Host = HostName.OfService(name, ns), Port = new PortSelector { Number = port } } }],
        };
    }

    private static int? PortOf(ServiceBackendPort? port, string service, string ns, IReadOnlyList<Service> services) => port?.Number is > 0 and { } number
        ? number
        : services.FirstOrDefault(item => item.Metadata.Name == service && item.Metadata.Namespace == ns)?.Spec?.Ports?.FirstOrDefault(item => item.Name == port?.Name)?.Port;
}
