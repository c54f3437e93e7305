using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>Ports whose protocol nobody names, and services that only their port tells apart from others.</summary>
internal static class ServiceAnalysis
{
    public static IEnumerable<Problem> Of(MeshSnapshot mesh) => Undeclared(mesh).Concat(SamePort(mesh));

    private static IEnumerable<Problem> Undeclared(MeshSnapshot mesh)
    {
        foreach (var service in mesh.Services.All.Where(service => service.IsKubernetes))
        {
            for (var i = 0; i < service.Ports.Count; i++)
            {
                if (service.Ports[i].Protocol == PortProtocol.Auto)
                {
                    yield return new Problem(
                        IstioCodes.PortNameIsNotUnderNamingConvention, service.Key, $"spec.ports[{i}].name", $"Port name {service.Ports[i].Name} (port: {service.Ports[i].Number}, targetPort: {TargetPort(mesh, service, i)}) doesn't follow the naming convention of Istio port.", "name it like http or tcp-db, or set appProtocol; until then proxies look at the first bytes of each connection");
                }
            }
        }
    }

    private static string TargetPort(MeshSnapshot mesh, MeshService service, int index)
    {
        var ports = mesh.Resources.Services.FirstOrDefault(each => each.Metadata.Name == service.Name && each.Metadata.Namespace == service.Namespace)?.Spec?.Ports ?? [];
        return index < ports.Count ? (ports[index].TargetPort?.ToString() ?? service.Ports[index].Number.ToString(System.Globalization.CultureInfo.InvariantCulture)) : "";
    }

    private static IEnumerable<Problem> SamePort(MeshSnapshot mesh)
    {
        var first = new Dictionary<int, MeshService>();
        foreach (var service in mesh.Services.All.Where(service => !service.IsHeadless && service.Addresses.Count == 0))
        {
            foreach (var port in service.Ports.Where(port => !port.Protocol.IsHttp() && !port.Protocol.IsTls()))
            {
                if (!first.TryAdd(port.Number, service) && first[port.Number] is var older && older.Key != service.Key)
                {
                    yield return new Problem(
                        IstioCodes.ConflictingListeners, service.Key, "spec.addresses", $"port {port.Number} without an address belongs to {older.Key} already: nothing tells the two apart", "give the addresses, or another port");
                }
            }
        }
    }
}
