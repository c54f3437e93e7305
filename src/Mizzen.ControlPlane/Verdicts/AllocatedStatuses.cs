using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Verdicts;

/// <summary>Writes into ServiceEntries which addresses were given to their hosts (<c>status.addresses</c>), as Istio does.</summary>
internal sealed class AllocatedStatuses(ResourceClient client, ILogger logger)
{
    private const int MostWritesOfRound = 100;

    // The mesh keeps an entry as it was when only its status changes: what was written is remembered here.
    private readonly Dictionary<ResourceKey, string> _written = [];

    /// <summary>One round; false when something is left for the next.</summary>
    public async Task<bool> WriteAsync(MeshSnapshot mesh, CancellationToken cancellationToken)
    {
        var due = new List<(ResourceKey Key, IReadOnlyList<ServiceEntryAddress> Addresses)>();
        foreach (var entry in mesh.Resources.ServiceEntries)
        {
            if (mesh.Services.Allocated.StatusOf(entry) is { } addresses && !IsSaid(KeyOf(entry), entry, addresses))
            {
                due.Add((KeyOf(entry), addresses));
            }
        }

        var ok = due.Count <= MostWritesOfRound;
        foreach (var (key, addresses) in due.Take(MostWritesOfRound))
        {
            ok &= await TryWriteAsync(key, addresses, cancellationToken);
        }

        return ok;
    }

    private bool IsSaid(ResourceKey key, ServiceEntry entry, IReadOnlyList<ServiceEntryAddress> addresses) =>
        _written.TryGetValue(key, out var written) ? written == Text(entry, addresses) : (entry.Status?.Addresses ?? []).SequenceEqual(addresses);

    private async Task<bool> TryWriteAsync(ResourceKey key, IReadOnlyList<ServiceEntryAddress> addresses, CancellationToken cancellationToken)
    {
        var patch = new JsonObject { ["status"] = new JsonObject { ["addresses"] = new JsonArray([.. addresses.Select(ResourceJson.ToNode)]) } };
        try
        {
            var entry = await client.PatchAsync<ServiceEntry>(KindCatalog.Of<ServiceEntry>(), key.Namespace, key.Name, PatchType.Merge, patch, "status", cancellationToken);
            _written[key] = Text(entry, addresses);
            return true;
        }
        catch (ApiException error) when (error.IsNotFound)
        {
            return true;
        }
        catch (Exception error) when (error is ApiException or HttpRequestException)
        {
            Log.NotWritten(logger, key, error.Message);
            return false;
        }
    }

    private static ResourceKey KeyOf(ServiceEntry entry) => new(KindCatalog.Of<ServiceEntry>().Group, nameof(ServiceEntry), entry.Metadata.Namespace, entry.Metadata.Name ?? "");

    private static string Text(ServiceEntry entry, IReadOnlyList<ServiceEntryAddress> addresses) =>
        $"{entry.Metadata.Uid} {string.Join(',', addresses.Select(address => $"{address.Host}={address.Value}"))}";
}
