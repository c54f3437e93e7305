using System.Globalization;
using Envoy.Config.Cluster.V3;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Model.EnvoyFilters;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation.Patching;

/// <summary>Clusters as patches leave them.</summary>
internal sealed class ClusterPatches(PatchSet set)
{
    /// <summary>The cluster; the same object when no patch changes it, null when one removes it.</summary>
    public Cluster? Apply(Cluster cluster)
    {
        var isInbound = cluster.Name.StartsWith("inbound|", StringComparison.Ordinal) || cluster.Name == EnvoyNames.InboundPassthroughCluster;
        var context = set.Type == ProxyType.Router ? PatchContext.Gateway : isInbound ? PatchContext.SidecarInbound : PatchContext.SidecarOutbound;
        var patches = set.Of(PatchPlace.Cluster, context).Where(patch => patch.Operation != PatchOperation.Add && Includes(patch, cluster)).ToList();
        if (patches.Count == 0)
        {
            return cluster;
        }

        if (patches.Exists(patch => patch.Operation == PatchOperation.Remove))
        {
            return null;
        }

        var patched = cluster.Clone();
        foreach (var patch in patches)
        {
            Merge(patched, (Cluster)patch.Value!, patch.Operation == PatchOperation.MergeAndReplaceList);
        }

        return patched.Equals(cluster) ? cluster : Origins.Note(patched, patches);
    }

    // A cluster that chooses its socket by the endpoint has no single one: the settings go to the one of the same name.
    private static void Merge(Cluster cluster, Cluster value, bool replacesLists)
    {
        if (value.TransportSocket is not { } socket || cluster.TransportSocketMatches.Count == 0)
        {
            MessageMerge.Merge(cluster, value, replacesLists);
            return;
        }

        var rest = value.Clone();
        rest.TransportSocket = null;
        MessageMerge.Merge(cluster, rest, replacesLists);
        if (cluster.TransportSocketMatches.FirstOrDefault(match => match.TransportSocket?.Name == socket.Name) is { } found)
        {
            MessageMerge.Merge(found.TransportSocket, socket, replacesLists);
        }
    }

    private static bool Includes(EnvoyPatch patch, Cluster cluster)
    {
        if (patch.Match.Cluster is not { } match)
        {
            return true;
        }

        if (match.Name is { Length: > 0 } name)
        {
            return name == cluster.Name;
        }

        var (port, subset, host) = cluster.Name.Split('|') is [_, var number, var set, var last]
            ? (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : 0, set, last)
            : (0, "", "");
        return (string.IsNullOrEmpty(match.Subset) || match.Subset == subset)
            && (string.IsNullOrEmpty(match.Service) || IsService(match, cluster, host))
            && (match.PortNumber is not > 0 || match.PortNumber == port);
    }

    // The name of an inbound cluster holds no host: its metadata does.
    private static bool IsService(EnvoyClusterMatch match, Cluster cluster, string host) => host.Length > 0
        ? match.Service == host
        : cluster.Metadata?.FilterMetadata.GetValueOrDefault("istio")?.Fields.GetValueOrDefault("services")?.ListValue?.Values
            .Any(service => service.StructValue?.Fields.GetValueOrDefault("host")?.StringValue == match.Service) == true;
}
