using System.Net;
using Istio.Networking.Nds.V1;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation;

/// <summary>The names that a sidecar's own DNS answers (Istio's NDS): every host that the client sees and that has addresses.</summary>
internal static class NameTables
{
    /// <summary>The name of the one resource.</summary>
    public const string ResourceName = "nameTable";

    public static NameTable Of(ClientScope client, EndpointIndex endpoints)
    {
        var table = new NameTable();
        foreach (var service in client.Services.Select(visible => visible.Service))
        {
            var addresses = AddressesOf(service, client, endpoints).ToList();
            if (addresses.Count > 0)
            {
                table.Table[service.Host] = InfoOf(service, client.Namespace, addresses);
            }
        }

        return table;
    }

    private static NameTable.Types.NameInfo InfoOf(MeshService service, string clientNamespace, List<string> addresses)
    {
        var info = new NameTable.Types.NameInfo { Ips = { addresses }, Registry = service.IsKubernetes ? "Kubernetes" : "External" };
        if (service.IsKubernetes)
        {
            info.Shortname = service.Name;
            info.Namespace = service.Namespace;
            info.AltHosts.Add([$"{service.Name}.{service.Namespace}", $"{service.Name}.{service.Namespace}.svc"]);
            if (service.Namespace == clientNamespace)
            {
                info.AltHosts.Add(service.Name);
            }
        }

        info.AltHosts.Add(service.Aliases);
        return info;
    }

    private static IEnumerable<string> AddressesOf(MeshService service, ClientScope client, EndpointIndex endpoints)
    {
        if (service.IsHeadless)
        {
            return endpoints.Of(service).All.Select(endpoint => endpoint.Address).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        }

        return client.AddressesOf(service).Where(address => IPAddress.TryParse(address, out _));
    }
}
