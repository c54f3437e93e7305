using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Translation;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>Fields that Istio acts on and this mesh does not yet: each is named, with what happens instead.</summary>
internal static class UnsupportedFields
{
    public static IEnumerable<Problem> Of(MeshSnapshot mesh) =>
        mesh.Resources.VirtualServices.SelectMany(OfVirtualService)
            .Concat(mesh.Resources.DestinationRules.SelectMany(OfDestinationRule))
            .Concat(mesh.Gateways.All.SelectMany(OfGateway))
            .Concat(mesh.Resources.Sidecars.SelectMany(OfSidecar))
            .Concat(mesh.Resources.ProxyConfigs.SelectMany(OfProxyConfig))
            .Concat(OfMeshConfig(mesh));

    private static IEnumerable<Problem> OfVirtualService(VirtualService resource)
    {
        var key = new ResourceKey("networking.istio.io", "VirtualService", resource.Metadata.Namespace, resource.Metadata.Name ?? "");
        for (var i = 0; i < (resource.Spec?.Http?.Count ?? 0); i++)
        {
            var route = resource.Spec!.Http![i];
            if (route.Retries?.RetryRemoteLocalities == true)
            {
                yield return Not(key, $"spec.http[{i}].retries.retryRemoteLocalities", "retries do not look at localities yet", "another endpoint is tried all the same");
            }
        }
    }

    private static IEnumerable<Problem> OfDestinationRule(DestinationRule resource)
    {
        var key = MeshDestinationRule.KeyOf(resource);
        return OfPolicy(key, resource.Spec?.TrafficPolicy, "spec.trafficPolicy")
            .Concat((resource.Spec?.Subsets ?? []).SelectMany((subset, i) => OfPolicy(key, subset.TrafficPolicy, $"spec.subsets[{i}].trafficPolicy")));
    }

    private static IEnumerable<Problem> OfPolicy(ResourceKey key, TrafficPolicy? policy, string path)
    {
        if (policy is null)
        {
            return [];
        }

        var own = OfTls(key, policy.Tls, path + ".tls");
        var ports = (policy.PortLevelSettings ?? []).SelectMany((settings, i) =>
            OfTls(key, settings.Tls, $"{path}.portLevelSettings[{i}].tls"));
        return own.Concat(ports).Concat(OfRest(key, policy, path));
    }

    private static IEnumerable<Problem> OfRest(ResourceKey key, TrafficPolicy policy, string path)
    {
        foreach (var (given, name) in new[] { (policy.Tunnel is not null, "tunnel"), (policy.RetryBudget?.BudgetInterval is not null, "retryBudget.budgetInterval") })
        {
            if (given)
            {
                yield return Not(key, $"{path}.{name}", "is not supported yet and has no effect", "remove it");
            }
        }
    }

    private static IEnumerable<Problem> OfTls(ResourceKey key, ClientTLSSettings? tls, string path)
    {
        if (tls is { Mode: "SIMPLE" or "MUTUAL", CredentialName.Length: > 0 })
        {
            yield return Not(key, path + ".credentialName", "is not supported here yet: requests are answered 503, so that nothing goes out in clear text", "name files with caCertificates, clientCertificate and privateKey");
        }
    }

    private static IEnumerable<Problem> OfGateway(MeshGateway gateway)
    {
        foreach (var server in gateway.Servers)
        {
            if (server.Protocol.IsTls() && !GatewayPorts.IsOpened(server))
            {
                yield return Not(gateway.Key, $"spec.servers[{server.Index}].tls.mode", $"{server.Server.Tls?.Mode} is not supported yet: port {server.Port} is not opened", "use SIMPLE, MUTUAL, ISTIO_MUTUAL or PASSTHROUGH");
            }

            if (server.Server.Tls is { } tls && (tls.VerifyCertificateHash is { Count: > 0 } || tls.VerifyCertificateSpki is { Count: > 0 } || tls.TlsCertificates is { Count: > 0 }))
            {
                yield return Not(gateway.Key, $"spec.servers[{server.Index}].tls", "tlsCertificates, verifyCertificateHash and verifyCertificateSpki are not supported yet and have no effect", "use credentialName and subjectAltNames");
            }

            if (server.Server.Bind is { Length: > 0 })
            {
                yield return Not(gateway.Key, $"spec.servers[{server.Index}].bind", "is not supported yet: the port is opened on every address", "remove it");
            }
        }
    }

    private static IEnumerable<Problem> OfSidecar(Sidecar resource)
    {
        var key = new ResourceKey("networking.istio.io", "Sidecar", resource.Metadata.Namespace, resource.Metadata.Name ?? "");
        for (var i = 0; i < (resource.Spec?.Ingress?.Count ?? 0); i++)
        {
            var listener = resource.Spec!.Ingress![i];
            if (listener.Tls is not null)
            {
                yield return Not(key, $"spec.ingress[{i}].tls", "is not supported yet: the port takes clear text", "remove it");
            }

            foreach (var problem in OfIngress(key, listener, $"spec.ingress[{i}]"))
            {
                yield return problem;
            }

            if (listener.DefaultEndpoint?.StartsWith("unix://", StringComparison.Ordinal) == true)
            {
                yield return Not(key, $"spec.ingress[{i}].defaultEndpoint", "unix sockets are not supported yet: the port itself is used", "name an address and port");
            }
        }

        foreach (var problem in (resource.Spec?.Egress ?? []).SelectMany((listener, i) => OfEgress(key, listener, $"spec.egress[{i}]")))
        {
            yield return problem;
        }
    }

    private static IEnumerable<Problem> OfEgress(ResourceKey key, IstioEgressListener listener, string path)
    {
        if (listener.CaptureMode == "NONE" && !OpenedListener.IsOpened(listener))
        {
            yield return Not(key, path + ".captureMode", "NONE is possible with the number of a port only, and not with unix sockets: connections are captured as usual", "give the listener a port");
        }

        if (listener is { Bind.Length: > 0, CaptureMode: not "NONE" })
        {
            yield return Not(key, path + ".bind", "has no effect without captureMode NONE: connections are captured whatever their address", "give captureMode: NONE, or remove it");
        }
    }

    private static IEnumerable<Problem> OfIngress(ResourceKey key, IstioIngressListener listener, string path)
    {
        if (listener is { CaptureMode: "NONE", DefaultEndpoint: null or "" })
        {
            yield return Not(key, path + ".captureMode", "NONE without a defaultEndpoint would call itself: connections are captured as usual", "give defaultEndpoint, for example 127.0.0.1:8080");
        }

        if (listener is { Bind.Length: > 0, CaptureMode: not "NONE" })
        {
            yield return Not(key, path + ".bind", "has no effect without captureMode NONE: connections are captured whatever their address", "give captureMode: NONE, or remove it");
        }
    }

    private static IEnumerable<Problem> OfProxyConfig(ProxyConfig resource)
    {
        if (resource.Spec?.Image?.ImageType is { Length: > 0 } and not "default")
        {
            var key = new ResourceKey("networking.istio.io", "ProxyConfig", resource.Metadata.Namespace, resource.Metadata.Name ?? "");
            yield return Not(key, "spec.image.imageType", "is not supported: there is one image of the proxy", "remove it");
        }
    }

    private static IEnumerable<Problem> OfMeshConfig(MeshSnapshot mesh)
    {
        if (mesh.Mesh.OutboundTrafficPolicy?.Mode == "ALLOW_ANY_DYNAMIC_DNS")
        {
            yield return Not(new ResourceKey("", "ConfigMap", mesh.RootNamespace, "istio"), "data.mesh", "outboundTrafficPolicy.mode ALLOW_ANY_DYNAMIC_DNS is not supported yet: it counts as ALLOW_ANY", "use ALLOW_ANY or REGISTRY_ONLY");
        }
    }

    private static Problem Not(ResourceKey key, string path, string text, string fix) => new(IstioCodes.NotSupported, key, path, text, fix);
}
