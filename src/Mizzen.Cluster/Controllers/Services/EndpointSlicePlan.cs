using System.Text.Json;
using Mizzen.Resources;
using Mizzen.Resources.Discovery;

namespace Mizzen.Cluster.Controllers.Services;

/// <summary>What brings the EndpointSlices of a service up to date with as few writes as it takes.</summary>
internal sealed record EndpointSlicePlan(IReadOnlyList<EndpointSlice> Create, IReadOnlyList<EndpointSlice> Update, IReadOnlyList<EndpointSlice> Delete)
{
    private const string TriggerTime = "endpoints.kubernetes.io/last-change-trigger-time";
    private const int MostEndpoints = 100;

    /// <summary>Compares the endpoints that there should be with the slices that there are.</summary>
    /// <param name="template">What all slices have in common.</param>
    /// <param name="groups">The endpoints, those with the same ports together.</param>
    /// <param name="existing">The slices that the same controller has made before.</param>
    /// <param name="now">The time, noted on slices that change.</param>
    public static EndpointSlicePlan Decide(SliceTemplate template, IEnumerable<EndpointGroup> groups, IEnumerable<EndpointSlice> existing, DateTimeOffset now)
    {
        var slices = existing.OrderBy(slice => slice.Metadata.Name, StringComparer.Ordinal).ToList();
        List<EndpointSlice> create = [], update = [], keep = [];
        foreach (var group in groups)
        {
            var ports = group.Ports.Count == 0 ? null : group.Ports;
            var wanted = group.Endpoints.DistinctBy(KeyOf).ToDictionary(KeyOf);
            foreach (var slice in slices.Where(slice => (slice.Ports ?? []).SequenceEqual(group.Ports) && !keep.Contains(slice)).ToList())
            {
                keep.Add(slice);
                update.Add(slice with { Endpoints = Retained(slice, wanted), Ports = ports });
            }

            Place(template, wanted.Values, ports, update, create);
        }

        var delete = slices.Except(keep).Concat(update.Where(slice => slice.Endpoints is not { Count: > 0 })).ToList();
        var changed = update.Where(slice => slice.Endpoints is { Count: > 0 }).Select(template.Applied).ToList();
        if (changed.Count + create.Count == 0 && template.KeepsOne)
        {
            Empty(template, delete, create, changed);
        }

        return new EndpointSlicePlan(
            [.. create.Select(slice => Stamped(slice, now))],
            [.. changed.Where(slice => !Same(slice, slices.First(old => old.Metadata.Name == slice.Metadata.Name))).Select(slice => Stamped(slice, now))],
            [.. delete.Select(slice => slices.First(old => old.Metadata.Name == slice.Metadata.Name))]);
    }

    private static string KeyOf(Endpoint endpoint) => endpoint.TargetRef?.Uid ?? (endpoint.Addresses is [var address, ..] ? address : "");

    private static List<Endpoint> Retained(EndpointSlice slice, Dictionary<string, Endpoint> wanted)
    {
        var retained = new List<Endpoint>();
        foreach (var endpoint in slice.Endpoints ?? [])
        {
            if (wanted.Remove(KeyOf(endpoint), out var now))
            {
                retained.Add(now);
            }
        }

        return retained;
    }

    private static void Place(
        SliceTemplate template, IEnumerable<Endpoint> endpoints, IReadOnlyList<EndpointPort>? ports, List<EndpointSlice> update, List<EndpointSlice> create)
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
            create.Add(template.New() with { Endpoints = [.. Take(left, MostEndpoints)], Ports = ports });
        }
    }

    private static IEnumerable<Endpoint> Take(Queue<Endpoint> queue, int most)
    {
        for (var i = 0; i < most && queue.TryDequeue(out var endpoint); i++)
        {
            yield return endpoint;
        }
    }

    private static void Empty(SliceTemplate template, List<EndpointSlice> delete, List<EndpointSlice> create, List<EndpointSlice> changed)
    {
        if (delete.Count == 0)
        {
            create.Add(template.New());
            return;
        }

        changed.Add(template.Applied(delete[0] with { Endpoints = null, Ports = null }));
        delete.RemoveAt(0);
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
}
