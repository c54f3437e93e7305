using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>What VirtualServices refer to: gateways, delegates, hosts, subsets and ports.</summary>
internal static class VirtualServiceAnalysis
{
    public static IEnumerable<Problem> Of(MeshSnapshot mesh) => mesh.Resources.VirtualServices.SelectMany(resource => Of(resource, mesh));

    private static IEnumerable<Problem> Of(VirtualService resource, MeshSnapshot mesh)
    {
        var key = new ResourceKey("networking.istio.io", "VirtualService", resource.Metadata.Namespace, resource.Metadata.Name ?? "");
        var spec = resource.Spec ?? new VirtualServiceSpec();
        return Gateways(key, spec, mesh)
            .Concat(Delegates(key, spec, mesh))
            .Concat(Destinations(spec).SelectMany(entry => Destination(key, entry.Destination, entry.Path, spec, mesh)));
    }

    private static IEnumerable<Problem> Gateways(ResourceKey key, VirtualServiceSpec spec, MeshSnapshot mesh)
    {
        for (var i = 0; i < (spec.Gateways?.Count ?? 0); i++)
        {
            var name = MeshVirtualService.GatewayName(spec.Gateways![i], key.Namespace ?? "");
            if (name == MeshVirtualService.Mesh)
            {
                continue;
            }

            if (mesh.Gateways.Find(name) is not { } gateway)
            {
                yield return new Problem(
                    IstioCodes.ReferencedResourceNotFound, key, $"spec.gateways[{i}]", $"Referenced gateway not found: \"{name}\"", "create it, or name one that exists; namespace/name reaches another namespace");
                continue;
            }

            foreach (var host in (spec.Hosts ?? []).Where(host => gateway.Servers.All(server => server.Bound(HostName.Resolve(host, key.Namespace ?? ""), key.Namespace ?? "") is null)))
            {
                yield return new Problem(
                    IstioCodes.VirtualServiceHostNotFoundInGateway, key, "spec.hosts", $"one or more host [{host}] defined in VirtualService {key.Namespace}/{key.Name} not found in Gateway {name}.", "add the host to one of its servers");
            }
        }
    }

    private static IEnumerable<Problem> Delegates(ResourceKey key, VirtualServiceSpec spec, MeshSnapshot mesh)
    {
        for (var i = 0; i < (spec.Http?.Count ?? 0); i++)
        {
            if (spec.Http![i].Delegate is not { } reference)
            {
                continue;
            }

            var ns = reference.Namespace is { Length: > 0 } named ? named : key.Namespace;
            var target = mesh.Resources.VirtualServices.FirstOrDefault(other => other.Metadata.Name == reference.Name && other.Metadata.Namespace == ns);
            if (target is null)
            {
                yield return new Problem(
                    IstioCodes.ReferencedResourceNotFound, key, $"spec.http[{i}].delegate", $"Referenced virtual service not found: \"{ns}/{reference.Name}\"", "create it, or name one that exists");
            }
            else if (!VirtualServiceIndex.IsDelegate(target))
            {
                yield return new Problem(
                    IstioCodes.ReferencedResourceNotFound, key, $"spec.http[{i}].delegate", $"Referenced virtual service not found: \"{ns}/{reference.Name}\" (it has hosts and is no delegate)", "remove its hosts");
            }
        }
    }

    private static IEnumerable<Problem> Destination(ResourceKey key, Destination destination, string path, VirtualServiceSpec spec, MeshSnapshot mesh)
    {
        var ns = key.Namespace ?? "";
        var host = HostName.Resolve(destination.Host ?? "", ns);
        var service = mesh.Services.Find(host, ns) ?? mesh.Services.All.FirstOrDefault(candidate => HostName.IsWildcard(candidate.Host) && HostName.IsSubsetOf(host, candidate.Host));
        if (service is null)
        {
            yield return new Problem(IstioCodes.ReferencedResourceNotFound, key, path + ".host", $"Referenced host not found: \"{destination.Host}\"", NotFoundFix(destination.Host ?? "", ns, mesh));
            yield break;
        }

        if (destination.Port?.Number is { } port and > 0)
        {
            if (service.Port(port) is null)
            {
                yield return new Problem(
                    IstioCodes.ReferencedResourceNotFound, key, path + ".port.number", $"Referenced host:port not found: \"{host}:{port}\"", $"its ports are {string.Join(", ", service.Ports.Select(each => each.Number))}");
            }
        }
        else if (service.Ports.Count > 1 && !IsOwn(host, spec, ns))
        {
            yield return new Problem(
                IstioCodes.VirtualServiceDestinationPortSelectorRequired, key, path + ".port", $"This VirtualService routes to a service \"{host}\" that exposes multiple ports [{string.Join(" ", service.Ports.Select(each => each.Number))}]. Specifying a port in the destination is required to disambiguate.", "say which: port: {number: …}");
        }

        if (destination.Subset is { Length: > 0 } subset && (mesh.DestinationRules.Find(service, ns, NoLabels)?.Subsets.All(known => known.Name != subset) ?? true))
        {
            yield return new Problem(
                IstioCodes.ReferencedResourceNotFound, key, path + ".subset", $"Referenced host+subset in destinationrule not found: \"{destination.Host}+{subset}\"", $"define it in a DestinationRule for {host}; until then such requests are answered 503");
        }
    }

    private static readonly Dictionary<string, string> NoLabels = [];

    /// <summary>A service that is routed to itself keeps the port that was dialled.</summary>
    private static bool IsOwn(string host, VirtualServiceSpec spec, string ns) => (spec.Hosts ?? []).Any(own => HostName.IsSubsetOf(host, HostName.Resolve(own, ns)));

    /// <summary>Short names mean a service of the rule's own namespace: a frequent mistake is to mean another.</summary>
    private static string NotFoundFix(string host, string ns, MeshSnapshot mesh)
    {
        var elsewhere = host.Contains('.', StringComparison.Ordinal) ? null
            : mesh.Services.All.FirstOrDefault(service => service.IsKubernetes && service.Name == host && service.Namespace != ns);
        return elsewhere is null
            ? "create the Service or a ServiceEntry; until then such requests are answered 503"
            : $"a short name means one of namespace {ns}; write {elsewhere.Host}";
    }

    private static IEnumerable<(Destination Destination, string Path)> Destinations(VirtualServiceSpec spec)
    {
        for (var i = 0; i < (spec.Http?.Count ?? 0); i++)
        {
            var route = spec.Http![i];
            var path = $"spec.http[{i}]";
            foreach (var entry in Routes((route.Route ?? []).Select(each => each.Destination), path + ".route"))
            {
                yield return entry;
            }

            if (route.Mirror is { } mirror)
            {
                yield return (mirror, path + ".mirror");
            }

            foreach (var entry in Routes((route.Mirrors ?? []).Select(each => each.Destination), path + ".mirrors"))
            {
                yield return entry;
            }
        }

        foreach (var entry in (spec.Tcp ?? []).SelectMany((route, i) => Routes((route.Route ?? []).Select(each => each.Destination), $"spec.tcp[{i}].route")))
        {
            yield return entry;
        }

        foreach (var entry in (spec.Tls ?? []).SelectMany((route, i) => Routes((route.Route ?? []).Select(each => each.Destination), $"spec.tls[{i}].route")))
        {
            yield return entry;
        }
    }

    private static IEnumerable<(Destination, string)> Routes(IEnumerable<Destination?> destinations, string path) =>
        destinations.Select((destination, i) => (destination, $"{path}[{i}].destination")).Where(entry => entry.destination is not null)!;
}
