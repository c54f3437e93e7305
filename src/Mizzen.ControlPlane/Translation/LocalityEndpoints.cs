using Envoy.Config.Endpoint.V3;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Endpoints as a client at a certain place sees them (Istio's documentation, "Locality Load Balancing").</summary>
internal static class LocalityEndpoints
{
    private const int FailoverTarget = 3;
    private const int Elsewhere = 4;

    /// <param name="cluster">The cluster's name.</param>
    /// <param name="endpoints">The endpoints, those of the subset only.</param>
    /// <param name="settings">What places mean.</param>
    /// <param name="place">Where the client is.</param>
    /// <param name="labels">The client's labels, those that rules ask for.</param>
    /// <param name="policies">Which of them take mutual TLS.</param>
    public static ClusterLoadAssignment Of(
        string cluster, IReadOnlyList<MeshEndpoint> endpoints, LocalitySettings settings, ClientPlace place, IReadOnlyDictionary<string, string> labels,
        PeerAuthenticationIndex policies)
    {
        var assignment = new ClusterLoadAssignment { ClusterName = cluster };
        if (settings.Distribute is { } distribute)
        {
            assignment.Endpoints.Add(Distributed(endpoints, distribute, place.Locality, policies));
            return assignment;
        }

        Func<MeshEndpoint, int> order = settings.Priority is { } names
            ? endpoint => ByLabels(endpoint, names, place, labels)
            : endpoint => ByPlace(endpoint.Locality, settings.Failover, place.Locality);
        var priorities = endpoints.Select(order).Distinct().Order().ToList();
        foreach (var group in Endpoints.Groups(endpoints, order))
        {
            // Priorities begin at 0 and leave nothing out.
            var message = Endpoints.OfLocality(group.Locality, group.Endpoints, policies);
            message.Priority = (uint)priorities.IndexOf(group.Priority);
            assignment.Endpoints.Add(message);
        }

        return assignment;
    }

    private static IEnumerable<LocalityLbEndpoints> Distributed(IReadOnlyList<MeshEndpoint> endpoints, IReadOnlyList<Distribute> distribute, Locality client, PeerAuthenticationIndex policies)
    {
        var shares = distribute.FirstOrDefault(entry => Matches(entry.From ?? "", client))?.To;
        foreach (var group in Endpoints.Groups(endpoints, _ => 0))
        {
            var message = Endpoints.OfLocality(group.Locality, group.Endpoints, policies);
            if (shares is null)
            {
                yield return message;
            }
            else if (Share(group.Locality, shares, endpoints) is > 0 and var share)
            {
                message.LoadBalancingWeight = share;
                yield return message;
            }
        }
    }

    /// <summary>The share of a place; one that stands for several is divided by their endpoints.</summary>
    private static uint Share(Locality place, IReadOnlyDictionary<string, int> shares, IReadOnlyList<MeshEndpoint> endpoints)
    {
        const uint Unit = 100;
        if (shares.Keys.FirstOrDefault(pattern => Matches(pattern, place)) is not { } pattern)
        {
            return 0;
        }

        var all = endpoints.Where(endpoint => Matches(pattern, endpoint.Locality) && shares.Keys.First(key => Matches(key, endpoint.Locality)) == pattern).ToList();
        var own = all.Count(endpoint => endpoint.Locality == place);
        return Math.Max(1, (uint)(shares[pattern] * Unit * own / all.Count));
    }

    /// <summary>0 in the same subzone, 1 in the same zone, 2 in the same region, then the region that takes over, then the others.</summary>
    private static int ByPlace(Locality endpoint, IReadOnlyList<Failover> failover, Locality client)
    {
        if (endpoint.Region == client.Region)
        {
            return endpoint.Zone != client.Zone ? 2 : endpoint.SubZone != client.SubZone ? 1 : 0;
        }

        return failover.FirstOrDefault(entry => entry.From == client.Region)?.To is { } target && target != endpoint.Region ? Elsewhere : FailoverTarget;
    }

    /// <summary>How many labels are missing: one counts only when all before it are the same.</summary>
    private static int ByLabels(MeshEndpoint endpoint, IReadOnlyList<string> names, ClientPlace place, IReadOnlyDictionary<string, string> labels)
    {
        var same = 0;
        foreach (var name in names)
        {
            var (key, wanted) = name.Split('=', 2) is [var written, var value] ? (written, value) : (name, LocalitySettings.LabelOf(name, labels, place));
            if (wanted is null || LocalitySettings.LabelOf(key, endpoint.Labels, ClientPlace.Of(endpoint.Workload)) != wanted)
            {
                break;
            }

            same++;
        }

        return names.Count - same;
    }

    private static bool Matches(string pattern, Locality place)
    {
        string[] parts = [place.Region, place.Zone, place.SubZone];
        var wanted = pattern.Split('/');
        for (var i = 0; i < wanted.Length && i < parts.Length; i++)
        {
            if (wanted[i] == "*")
            {
                return true;
            }

            if (wanted[i] != parts[i])
            {
                return false;
            }
        }

        return true;
    }
}
