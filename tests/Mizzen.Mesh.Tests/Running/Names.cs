using System.Net;
using Mizzen.ControlPlane.Model;

namespace Mizzen.Mesh.Tests.Running;

/// <summary>The DNS of a case: services at their addresses, and hosts outside of the mesh, each at an address of its own.</summary>
internal sealed class Names
{
    private readonly Dictionary<string, IPAddress> _byName = new(StringComparer.Ordinal);
    private int _outside;

    public Names(MeshSnapshot mesh)
    {
        foreach (var service in mesh.Services.All)
        {
            if (AddressOf(service, mesh) is not { } address)
            {
                continue;
            }

            foreach (var host in service.Aliases.Prepend(service.Host))
            {
                _byName.TryAdd(host, address);
            }

            if (service.IsKubernetes)
            {
                _byName.TryAdd($"{service.Name}.{service.Namespace}", address);
                _byName.TryAdd(service.Name, address);
            }
        }
    }

    /// <summary>Hosts outside that somebody has asked for, with their addresses.</summary>
    public IEnumerable<KeyValuePair<string, IPAddress>> Outside => _byName.Where(entry => entry.Value.ToString().StartsWith("203.0.113.", StringComparison.Ordinal));

    public IPAddress Resolve(string host)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return literal;
        }

        if (!_byName.TryGetValue(host, out var address))
        {
            address = IPAddress.Parse($"203.0.113.{++_outside}");
            _byName.Add(host, address);
        }

        return address;
    }

    private static IPAddress? AddressOf(MeshService service, MeshSnapshot mesh) =>
        service.Addresses.Select(text => IPAddress.TryParse(text, out var address) ? address : null).FirstOrDefault(address => address is not null)
        ?? (service.IsHeadless ? mesh.Endpoints.Of(service).All.Select(endpoint => IPAddress.Parse(endpoint.Address)).FirstOrDefault() : null);
}
