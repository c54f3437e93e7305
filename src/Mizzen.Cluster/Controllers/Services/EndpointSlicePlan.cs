using System.Text.Json;
using Mizzen.Resources;
using Mizzen.Resources.Core;
using Mizzen.Resources.Discovery;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.Services;

/// <summary>What brings a service's EndpointSlices up to date with as few writes as it takes.</summary>
internal sealed record EndpointSlicePlan(IReadOnlyList<EndpointSlice> Create, IReadOnlyList<EndpointSlice> Update, IReadOnlyList<EndpointSlice> Delete)
{
    public const string ServiceNameLabel = "kubernetes.io/service-name";
    public const string ManagedByLabel = "endpointslice.kubernetes.io/managed-by";
    public const string ManagedBy = "endpointslice-controller.k8s.io";

    private const string HeadlessLabel = "service.kubernetes.io/headless";
    private const string TriggerTime = "endpoints.kubernetes.io/last-change-trigger-time";
    private const int MostEndpoints = 100;

    /// <summary>Compares a service's pods with its slices.</summary>
    /// <param name="service">The service; it has a selector.</param>
    /// <param name="backends">Its pods.</param>
    /// <param name="existing">The slices that this controller has made for it.</param>
    /// <param name="zoneOf">The zone of a node; null when it has none.</param>
    /// <param name="now">The time, noted on slices that change.</param>
    public static EndpointSlicePlan Decide(
        Service service, IReadOnlyList<ServiceBackend> backends, IEnumerable<EndpointSlice> existing, Func<string, string?> zoneOf, DateTimeOffset now)
    {
        var slices = existing.OrderBy(slice => slice.Metadata.Name, StringComparer.Ordinal).ToList();
        List<EndpointSlice> create = [], update = [], keep = [];
        foreach (var group in backends.GroupBy(backend => new PortSet(backend.Ports)))
        {
            var ports = group.Key.ToPorts();
            var wanted = group.ToDictionary(backend => backend.Pod.Metadata.Uid ?? backend.Address, backend => EndpointOf(backend, zoneOf));
            foreach (var slice in slices.Where(slice => PortSet.Of(slice).Equals(group.Key)).Where(slice => !keep.Contains(slice)).ToList())
            {
                keep.Add(slice);
                update.Add(slice with { Endpoints = Retained(slice, wanted), Ports = ports });
            }

            Place(service, wanted.Values, ports, update, create);
        }

        var delete = slices.Except(keep).Concat(update.Where(slice => slice.Endpoints is not { Count: > 0 })).ToList();
        var changed = update.Where(slice => slice.Endpoints is { Count: > 0 }).Select(slice => Labelled(service, slice)).ToList();
        if (changed.Count + create.Count == 0)
        {
            // A service without pods keeps one empty slice, so that its name is known to have no endpoints.
            Empty(service, delete, create, changed);
        }

        return new EndpointSlicePlan(
            [.. create.Select(slice => Stamped(slice, now))],
            [.. changed.Where(slice => !Same(slice, slices.First(old => old.Metadata.Name == slice.Metadata.Name))).Select(slice => Stamped(slice, now))],
            [.. delete.Select(slice => slices.First(old => old.Metadata.Name == slice.Metadata.Name))]);
    }

    private static List<Endpoint> Retained(EndpointSlice slice, Dictionary<string, Endpoint> wanted)
    {
        var retained = new List<Endpoint>();
        foreach (var endpoint in slice.Endpoints ?? [])
        {
            if (wanted.Remove(endpoint.TargetRef?.Uid ?? (endpoint.Addresses is [var address, ..] ? address : ""), out var now))
            {
                retained.Add(now);
            }
        }

        return retained;
    }

    private static void Place(
        Service service, IEnumerable<Endpoint> endpoints, IReadOnlyList<EndpointPort>? ports, List<EndpointSlice> update, List<EndpointSlice> create)
    {
        var left = new Queue<Endpoint>(endpoints);
        for (var i = 0; i < update.Count && left.Count > 0; i++)
        {
            if (ReferenceEquals(update[i].Ports, ports))
            {
                update[i] = update[i] with { Endpoints = [.. update[i].Endpoints!, .. Take(left, MostEndpoints - update[i].Endpoints!.Count)] };
            }
        }

        while (left.Count > 0)
        {
            create.Add(New(service) with { Endpoints = [.. Take(left, MostEndpoints)], Ports = ports });
        }
    }

    private static IEnumerable<Endpoint> Take(Queue<Endpoint> queue, int most)
    {
        for (var i = 0; i < most && queue.TryDequeue(out var endpoint); i++)
        {
            yield return endpoint;
        }
    }

    private static void Empty(Service service, List<EndpointSlice> delete, List<EndpointSlice> create, List<EndpointSlice> changed)
    {
        if (delete.Count == 0)
        {
            create.Add(New(service));
            return;
        }

        changed.Add(Labelled(service, delete[0] with { Endpoints = null, Ports = null }));
        delete.RemoveAt(0);
    }

    private static Endpoint EndpointOf(ServiceBackend backend, Func<string, string?> zoneOf)
    {
        var pod = backend.Pod;
        return new Endpoint
        {
            Addresses = [backend.Address],
            Conditions = new EndpointConditions { Ready = backend.Ready, Serving = backend.Serving, Terminating = backend.Terminating },
            Hostname = backend.Hostname,
            NodeName = pod.Spec?.NodeName,
            Zone = pod.Spec?.NodeName is { } node ? zoneOf(node) : null,
            TargetRef = new ObjectReference { Kind = "Pod", Namespace = pod.Metadata.Namespace, Name = pod.Metadata.Name, Uid = pod.Metadata.Uid },
        };
    }

    private static EndpointSlice New(Service service)
    {
        var prefix = service.Metadata.Name + "-";
        return Labelled(service, new EndpointSlice
        {
            AddressType = "IPv4",
            Metadata = new ObjectMeta
            {
                Name = GeneratedName.From(prefix),
                GenerateName = prefix,
                Namespace = service.Metadata.Namespace,
                OwnerReferences = [Ownership.ReferenceTo(service)],
            },
        });
    }

    private static EndpointSlice Labelled(Service service, EndpointSlice slice)
    {
        var labels = new Dictionary<string, string>(service.Metadata.Labels ?? new Dictionary<string, string>())
        {
            [ServiceNameLabel] = service.Metadata.Name ?? "",
            [ManagedByLabel] = ManagedBy,
        };
        if (service.Spec?.ClusterIp == "None")
        {
            labels[HeadlessLabel] = "";
        }

        return slice with { Metadata = slice.Metadata with { Labels = labels } };
    }

    private static EndpointSlice Stamped(EndpointSlice slice, DateTimeOffset now)
    {
        var annotations = new Dictionary<string, string>(slice.Metadata.Annotations ?? new Dictionary<string, string>())
        {
            [TriggerTime] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
        };
        return slice with { Metadata = slice.Metadata with { Annotations = annotations } };
    }

    private static bool Same(EndpointSlice one, EndpointSlice other) => Text(one) == Text(other);

    private static string Text(EndpointSlice slice) => JsonSerializer.Serialize(
        new { Labels = slice.Metadata.Labels?.OrderBy(label => label.Key, StringComparer.Ordinal), slice.Endpoints, slice.Ports }, ResourceJson.Options);

    /// <summary>A set of ports that compares by its content.</summary>
    private readonly struct PortSet(IReadOnlyList<TargetPort> ports) : IEquatable<PortSet>
    {
        private readonly IReadOnlyList<TargetPort> _ports = ports;

        public static PortSet Of(EndpointSlice slice) =>
            new([.. (slice.Ports ?? []).Select(port => new TargetPort(port.Name ?? "", port.Port ?? 0, port.Protocol ?? "TCP", port.AppProtocol))]);

        public IReadOnlyList<EndpointPort>? ToPorts() => _ports.Count == 0
            ? null
            : [.. _ports.Select(port => new EndpointPort { Name = port.Name, Port = port.Port, Protocol = port.Protocol, AppProtocol = port.AppProtocol })];

        public bool Equals(PortSet other) => _ports.SequenceEqual(other._ports);

        public override bool Equals(object? obj) => obj is PortSet other && Equals(other);

        public override int GetHashCode() => _ports.Aggregate(0, HashCode.Combine);
    }
}
