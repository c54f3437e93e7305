using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.Services;

/// <summary>The older Endpoints object of a service: for clients that do not read EndpointSlices.</summary>
internal static class EndpointsPlan
{
    private const int MostAddresses = 1000;

    public static Endpoints Build(Service service, IReadOnlyList<ServiceBackend> backends)
    {
        var present = backends.Where(backend => !backend.Terminating || service.Spec?.PublishNotReadyAddresses == true).Take(MostAddresses);
        var subsets = present
            .GroupBy(backend => string.Join('|', backend.Ports))
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => Subset([.. group]))
            .ToList();
        var labels = new Dictionary<string, string>(service.Metadata.Labels ?? new Dictionary<string, string>())
        {
            ["endpoints.kubernetes.io/managed-by"] = "endpoint-controller",
        };
        if (service.Spec?.ClusterIp == "None")
        {
            labels["service.kubernetes.io/headless"] = "";
        }

        return new Endpoints
        {
            Metadata = new ObjectMeta { Name = service.Metadata.Name, Namespace = service.Metadata.Namespace, Labels = labels },
            Subsets = subsets.Count == 0 ? null : subsets,
        };
    }

    private static EndpointSubset Subset(IReadOnlyList<ServiceBackend> backends) => new()
    {
        Addresses = Addresses(backends.Where(backend => backend.Ready)),
        NotReadyAddresses = Addresses(backends.Where(backend => !backend.Ready)),
        Ports = backends[0].Ports.Count == 0 ? null : [.. backends[0].Ports.Select(Port)],
    };

    private static List<EndpointAddress>? Addresses(IEnumerable<ServiceBackend> backends)
    {
        var addresses = backends.Select(Address).ToList();
        return addresses.Count == 0 ? null : addresses;
    }

    private static EndpointAddress Address(ServiceBackend backend) => new()
    {
        Ip = backend.Address,
        Hostname = backend.Hostname,
        NodeName = backend.Pod.Spec?.NodeName,
        TargetRef = new ObjectReference
        {
            Kind = "Pod",
            Namespace = backend.Pod.Metadata.Namespace,
            Name = backend.Pod.Metadata.Name,
            Uid = backend.Pod.Metadata.Uid,
        },
    };

    private static EndpointsPort Port(TargetPort port) => new()
    {
        Name = port.Name.Length == 0 ? null : port.Name,
        Port = port.Port,
        Protocol = port.Protocol,
        AppProtocol = port.AppProtocol,
    };
}
