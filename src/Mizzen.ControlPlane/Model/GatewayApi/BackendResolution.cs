using Mizzen.Resources.GatewayApi;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model.GatewayApi;

/// <summary>Backends of routes as destinations, as far as they exist and may be referred to.</summary>
internal sealed class BackendResolution(ServiceRegistry services, ReferenceGrants grants)
{
    /// <summary>No service has this host: requests for it are answered 500.</summary>
    public const string NoHost = "invalid-backend.mizzen.internal";

    /// <summary>A destination that does not exist.</summary>
    public static Destination Nobody { get; } = new() { Host = NoHost, Port = Port(0) };

    /// <summary>The destination, or one that does not exist and the reason why.</summary>
    public (Destination Destination, GatewayCondition? Problem) Resolve(BackendObjectReference backend, string routeKind, string ns)
    {
        var target = backend.Namespace is { Length: > 0 } named ? named : ns;
        if (IsHostname(backend))
        {
            return (new Destination { Host = backend.Name, Port = Port(backend.Port) }, null);
        }

        if (!IsService(backend))
        {
            return Nowhere("InvalidKind", $"{backend.Group}/{backend.Kind} {backend.Name} is not a kind of backend that is supported; use a Service");
        }

        if (!grants.Allow(routeKind, ns, "Service", target, backend.Name))
        {
            return Nowhere("RefNotPermitted", $"Service {target}/{backend.Name} is of another namespace; a ReferenceGrant in {target} must allow it");
        }

        var host = HostName.OfService(backend.Name, target);
        if (services.OfHost(host) is not [var service, ..])
        {
            return Nowhere("BackendNotFound", $"there is no Service {target}/{backend.Name}");
        }

        if (backend.Port is not { } port)
        {
            return Nowhere("BackendNotFound", $"the port of Service {target}/{backend.Name} is missing");
        }

        return service.Port(port) is null
            ? Nowhere("BackendNotFound", $"Service {target}/{backend.Name} has no port {port}")
            : (new Destination { Host = host, Port = Port(port) }, null);
    }

    private static (Destination, GatewayCondition?) Nowhere(string reason, string message) =>
        (Nobody, GatewayCondition.NotResolved(reason, message));

    private static bool IsService(BackendObjectReference backend) => backend.Group is null or "" or "core" && backend.Kind is null or "Service";

    private static bool IsHostname(BackendObjectReference backend) => backend is { Group: "networking.istio.io", Kind: "Hostname" };

    private static PortSelector Port(int? number) => new() { Number = number };
}
