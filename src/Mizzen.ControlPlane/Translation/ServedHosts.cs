using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Envoy.Config.Route.V3;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation;

/// <summary>
/// Makes the virtual host of a service's port once for all clients to which it means the same, and forgets it with the service. A change of
/// one rule among thousands then costs one virtual host, not thousands for each namespace.
/// </summary>
internal sealed class ServedHosts
{
    private const int MostOfService = 100;
    private readonly ConditionalWeakTable<MeshService, ConcurrentDictionary<Key, VirtualHost>> _made = [];

    public VirtualHost Of(MeshService service, MeshPort port, MeshVirtualService? rule, RouteScope scope)
    {
        var known = _made.GetOrCreateValue(service);
        if (known.Count > MostOfService)
        {
            // Rules that are gone would otherwise stay as long as the service does.
            known.Clear();
        }

        return known.GetOrAdd(Key.Of(service, rule, scope), _ => Make(service, port, rule, scope));
    }

    private static VirtualHost Make(MeshService service, MeshPort port, MeshVirtualService? rule, RouteScope scope)
    {
        var routes = rule is { Http.Count: > 0 } ? HttpRoutes.Of(rule, scope) : [];
        if (routes.Count == 0)
        {
            routes = [HttpRoutes.Default(service, port, scope)];
        }

        return RouteTables.Host(EnvoyNames.VirtualHost(service.Host, port.Number), RouteTables.Domains(service, scope.Client.Namespace), routes);
    }

    /// <summary>All that a virtual host is made from besides its service: clients of other namespaces share it where no rule asks for theirs.</summary>
    private sealed class Key : IEquatable<Key>
    {
        private readonly int _port;
        private readonly string _client;
        private readonly object?[] _parts;

        private Key(int port, string client, object?[] parts)
        {
            _port = port;
            _client = client;
            _parts = parts;
        }

        public static Key Of(MeshService service, MeshVirtualService? rule, RouteScope scope)
        {
            var client = scope.Client;
            var ns = rule?.AsksForNamespace == true || service.Namespace == client.Namespace ? client.Namespace : "";
            var hosts = rule?.HttpDestinations ?? [];
            var parts = new object?[3 + (2 * hosts.Count)];
            (parts[0], parts[1], parts[2]) = (rule, client.Mesh, client.RuleOf(service));
            for (var i = 0; i < hosts.Count; i++)
            {
                var destination = client.Find(hosts[i])?.Service;
                parts[3 + (2 * i)] = destination;
                parts[4 + (2 * i)] = destination is null ? null : client.RuleOf(destination);
            }

            return new Key(scope.Port, $"{ns} {client.LabelText}", parts);
        }

        public bool Equals(Key? other) => other is not null && _port == other._port && _client == other._client
            && _parts.AsSpan().SequenceEqual(other._parts, ReferenceEqualityComparer.Instance);

        public override bool Equals(object? obj) => Equals(obj as Key);

        public override int GetHashCode() => HashCode.Combine(_port, _client, RuntimeHelpers.GetHashCode(_parts[0]));
    }
}
