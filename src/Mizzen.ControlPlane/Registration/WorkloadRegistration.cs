using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Registration;

/// <summary>
/// Makes WorkloadEntries of proxies that connect for a WorkloadGroup, notes their health, and removes those that have been away for a while:
/// a proxy that connects again soon, here or at another control plane, keeps its entry.
/// </summary>
/// <param name="client">The API.</param>
/// <param name="entries">The entries now.</param>
/// <param name="controller">The name of this control plane.</param>
/// <param name="grace">How long a proxy may be away (Istio's <c>PILOT_WORKLOAD_ENTRY_GRACE_PERIOD</c>).</param>
/// <param name="logger">Told of them.</param>
/// <param name="clock">Dates them.</param>
internal sealed class WorkloadRegistration(
    ResourceClient client, Func<IReadOnlyList<WorkloadEntry>> entries, string controller, TimeSpan grace, ILogger logger, TimeProvider clock)
{
    private const string GroupField = "AUTO_REGISTER_GROUP";

    private readonly ConcurrentDictionary<(string Namespace, string Name), int> _connected = [];
    private readonly ConcurrentDictionary<(string Namespace, string Name), DateTimeOffset> _left = [];
    private readonly DateTimeOffset _started = clock.GetUtcNow();

    /// <summary>Whether a proxy asks for an entry.</summary>
    public static bool IsAskedFor(ProxyView proxy) => GroupOf(proxy).Length > 0;

    /// <summary>Makes the entry of a proxy, or takes over the one that it had. Whoever joins must leave.</summary>
    /// <exception cref="FormatException">There is no such group, or the entry's name is another's.</exception>
    public async Task JoinAsync(ProxyView proxy, string? serviceAccount, CancellationToken cancellationToken)
    {
        var group = await client.FindAsync<WorkloadGroup>(proxy.Namespace, GroupOf(proxy), cancellationToken)
            ?? throw new FormatException($"there is no WorkloadGroup {GroupOf(proxy)} in namespace {proxy.Namespace} (ISTIO_META_AUTO_REGISTER_GROUP)");
        var entry = RegisteredWorkload.Of(group, proxy, serviceAccount, controller, clock.GetUtcNow());
        var key = (proxy.Namespace, entry.Metadata.Name!);
        _connected.AddOrUpdate(key, 1, (_, count) => count + 1);
        _left.TryRemove(key, out _);
        try
        {
            await PutAsync(entry, cancellationToken);
            Log.Registered(logger, key.Namespace, key.Item2, group.Metadata.Name!);
        }
        catch
        {
            Release(key);
            throw;
        }
    }

    /// <summary>Notes that a proxy has gone.</summary>
    public async Task LeaveAsync(ProxyView proxy, CancellationToken cancellationToken)
    {
        var key = (proxy.Namespace, RegisteredWorkload.NameOf(GroupOf(proxy), proxy));
        // Known here before the entry says it: nobody takes an entry that says nothing yet for one that was forgotten.
        var now = clock.GetUtcNow();
        _left[key] = now;
        if (!Release(key))
        {
            _left.TryRemove(key, out _);
            return;
        }

        var annotations = new JsonObject { [RegisteredWorkload.DisconnectedAt] = RegisteredWorkload.Text(now) };
        await TryAsync(key, () => PatchAsync(key, new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } }, null, cancellationToken));
    }

    /// <summary>Notes what a proxy says of its workload's health.</summary>
    /// <param name="proxy">Whose.</param>
    /// <param name="reason">Why it is not healthy; null when it is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task ReportAsync(ProxyView proxy, string? reason, CancellationToken cancellationToken)
    {
        var key = (proxy.Namespace, RegisteredWorkload.NameOf(GroupOf(proxy), proxy));
        await TryAsync(key, async () =>
        {
            var others = (await client.FindAsync<WorkloadEntry>(key.Namespace, key.Item2, cancellationToken))?.Status?.Conditions ?? [];
            var condition = new Condition
            {
                Type = "Healthy",
                Status = reason is null ? "True" : "False",
                Message = reason,
                LastProbeTime = clock.GetUtcNow(),
                LastTransitionTime = clock.GetUtcNow(),
            };
            var conditions = others.Where(other => other.Type != condition.Type).Append(condition).Select(JsonNode (item) => ResourceJson.ToNode(item));
            await PatchAsync(key, new JsonObject { ["status"] = new JsonObject { ["conditions"] = new JsonArray([.. conditions]) } }, "status", cancellationToken);
        });
    }

    /// <summary>Removes entries whose proxies have been away too long, until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(grace / 2, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                foreach (var entry in entries().Where(IsDue).ToList())
                {
                    await RemoveAsync(entry, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async Task PutAsync(WorkloadEntry entry, CancellationToken cancellationToken)
    {
        var key = (entry.Metadata.Namespace!, entry.Metadata.Name!);
        var existing = await client.FindAsync<WorkloadEntry>(key.Item1, key.Item2, cancellationToken);
        if (existing is null)
        {
            await client.CreateAsync(entry, cancellationToken);
            return;
        }

        if (existing.Metadata.Annotations?.GetValueOrDefault(RegisteredWorkload.Group) != entry.Metadata.Annotations![RegisteredWorkload.Group])
        {
            throw new FormatException($"the WorkloadEntry {key.Item1}/{key.Item2} is not one that was registered for this group: remove it, or connect from another address");
        }

        var annotations = ResourceJson.ToNode(entry)["metadata"]!["annotations"]!.DeepClone().AsObject();
        annotations[RegisteredWorkload.DisconnectedAt] = null;
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["annotations"] = annotations, ["labels"] = ResourceJson.ToNode(entry)["metadata"]!["labels"]?.DeepClone() },
            ["spec"] = ResourceJson.ToNode(entry.Spec!),
        };
        await PatchAsync(key, patch, null, cancellationToken);
    }

    /// <summary>True when it was the last connection of its proxy.</summary>
    private bool Release((string, string) key) => _connected.AddOrUpdate(key, 0, (_, count) => count - 1) <= 0 && _connected.TryRemove(key, out _);

    private bool IsDue(WorkloadEntry entry)
    {
        var key = (entry.Metadata.Namespace ?? "", entry.Metadata.Name ?? "");
        if (entry.Metadata.Annotations is not { } annotations || !annotations.ContainsKey(RegisteredWorkload.Group)
            || _connected.ContainsKey(key) || (_left.TryGetValue(key, out var gone) && clock.GetUtcNow() - gone < grace))
        {
            return false;
        }

        // One whose control plane has ended without a word: its proxy has had the time to come here.
        var since = DateTimeOffset.TryParse(annotations.GetValueOrDefault(RegisteredWorkload.DisconnectedAt), CultureInfo.InvariantCulture, out var left)
            ? left
            : annotations.GetValueOrDefault(RegisteredWorkload.Controller) == controller ? _started + grace : DateTimeOffset.MaxValue;
        return since <= clock.GetUtcNow() && clock.GetUtcNow() - since >= grace;
    }

    private Task RemoveAsync(WorkloadEntry entry, CancellationToken cancellationToken)
    {
        var key = (entry.Metadata.Namespace ?? "", entry.Metadata.Name ?? "");
        return TryAsync(key, async () =>
        {
            // What is known here may be older than what another control plane has noted since.
            if (await client.FindAsync<WorkloadEntry>(key.Item1, key.Item2, cancellationToken) is { } now && IsDue(now)
                && await client.DeleteAsync<WorkloadEntry>(key.Item1, key.Item2, null, cancellationToken))
            {
                _left.TryRemove(key, out _);
                Log.Removed(logger, key.Item1, key.Item2);
            }
        });
    }

    private Task<WorkloadEntry> PatchAsync((string Namespace, string Name) key, JsonObject patch, string? subresource, CancellationToken cancellationToken) =>
        client.PatchAsync<WorkloadEntry>(key.Namespace, key.Name, PatchType.Merge, patch, subresource, cancellationToken);

    // The proxy is served all the same; what could not be noted is told.
    private async Task TryAsync((string Namespace, string Name) key, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (ApiException error) when (error.IsNotFound)
        {
            Log.Gone(logger, key.Namespace, key.Name);
        }
        catch (Exception error) when (error is ApiException or HttpRequestException)
        {
            Log.NotNoted(logger, key.Namespace, key.Name, error.Message);
        }
    }

    private static string GroupOf(ProxyView proxy) => proxy.Metadata.GetValueOrDefault(GroupField) ?? "";
}
