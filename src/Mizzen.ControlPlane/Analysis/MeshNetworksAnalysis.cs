using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>MeshNetworks that take endpoints from clusters nobody knows.</summary>
internal static class MeshNetworksAnalysis
{
    private const string OwnCluster = "Kubernetes";

    public static IEnumerable<Problem> Of(AnalysisInput input)
    {
        if (input.Find("ConfigMap", input.Mesh.RootNamespace, "istio") is not { } map || Read(map) is not { } networks)
        {
            yield break;
        }

        var known = input.Of("Secret").Where(secret => secret.Text("metadata", "labels", "istio/multiCluster") == "true").SelectMany(secret => secret.At("data").TextMap().Keys).Append(OwnCluster).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, network) in networks.At("networks") as JsonObject ?? [])
        {
            foreach (var registry in network.At("endpoints").Objects().Select(endpoint => endpoint.Text("fromRegistry")).Where(registry => registry.Length > 0 && !known.Contains(registry)))
            {
                yield return new Problem(
                    IstioCodes.UnknownMeshNetworksServiceRegistry, AnalysisInput.KeyOf(map), "data.meshNetworks", $"Unknown service registry {registry} in network {name}", $"the clusters are {string.Join(", ", known.Order(StringComparer.Ordinal))}");
            }
        }
    }

    private static JsonNode? Read(JsonObject map)
    {
        try
        {
            return ResourceReader.ReadValue(map.Text("data", "meshNetworks"), "meshNetworks");
        }
        catch (FormatException)
        {
            // That it cannot be read is told where the mesh's configuration is read.
            return null;
        }
    }
}
