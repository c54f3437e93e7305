using Mizzen.Resources.Core;
using Mizzen.Resources.Discovery;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.Services;

/// <summary>Endpoints that have the same ports.</summary>
internal sealed record EndpointGroup(IReadOnlyList<EndpointPort> Ports, IReadOnlyList<Endpoint> Endpoints);

/// <summary>What all EndpointSlices of a service have in common.</summary>
/// <param name="Namespace">The service's namespace.</param>
/// <param name="Service">The service's name.</param>
/// <param name="Labels">Their labels.</param>
/// <param name="Owner">With whom they go.</param>
/// <param name="KeepsOne">Whether an empty slice stays when there are no endpoints, so that the name is known to have none.</param>
internal sealed record SliceTemplate(
    string? Namespace, string Service, IReadOnlyDictionary<string, string> Labels, OwnerReference Owner, bool KeepsOne)
{
    public const string ServiceNameLabel = "kubernetes.io/service-name";
    public const string ManagedByLabel = "endpointslice.kubernetes.io/managed-by";

    /// <summary>Who makes the slices of services with selectors.</summary>
    public const string FromPods = "endpointslice-controller.k8s.io";

    /// <summary>Who makes the slices of services without, from the Endpoints that somebody has written.</summary>
    public const string FromEndpoints = "endpointslicemirroring-controller.k8s.io";

    public static SliceTemplate Of(Service service)
    {
        var labels = WithNames(service.Metadata, FromPods);
        if (service.Spec?.ClusterIp == "None")
        {
            labels["service.kubernetes.io/headless"] = "";
        }

        return new SliceTemplate(service.Metadata.Namespace, service.Metadata.Name ?? "", labels, Ownership.ReferenceTo(service), KeepsOne: true);
    }

    public static SliceTemplate Of(Endpoints endpoints) => new(
        endpoints.Metadata.Namespace, endpoints.Metadata.Name ?? "", WithNames(endpoints.Metadata, FromEndpoints), Ownership.ReferenceTo(endpoints), KeepsOne: false);

    /// <summary>The service that a slice belongs to, if that controller has made it.</summary>
    public static ObjectName? ServiceOf(EndpointSlice slice, string controller) =>
        slice.Metadata.Labels is { } labels
        && labels.GetValueOrDefault(ManagedByLabel) == controller
        && labels.TryGetValue(ServiceNameLabel, out var service)
            ? new ObjectName(slice.Metadata.Namespace ?? "", service)
            : null;

    public EndpointSlice New() => Applied(new EndpointSlice
    {
        AddressType = "IPv4",
        Metadata = new ObjectMeta
        {
            Name = GeneratedName.From(Service + "-"),
            GenerateName = Service + "-",
            Namespace = Namespace,
            OwnerReferences = [Owner],
        },
    });

    public EndpointSlice Applied(EndpointSlice slice) => slice with { Metadata = slice.Metadata with { Labels = Labels } };

    private static Dictionary<string, string> WithNames(ObjectMeta metadata, string controller) =>
        new(metadata.Labels ?? new Dictionary<string, string>()) { [ServiceNameLabel] = metadata.Name ?? "", [ManagedByLabel] = controller };
}
