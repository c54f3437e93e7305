using System.Globalization;
using System.Text.Json;
using Mizzen.Cluster.Storage;

namespace Mizzen.Cluster.ApiServer;

/// <summary>Forgets events an hour after they were last seen, as Kubernetes does, so that a cluster that runs for days does not fill up.</summary>
internal sealed class EventExpiry(ObjectStore store, TimeProvider clock)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);
    private static readonly ResourceName Events = new("", "events");
    private static readonly string[] TimeFields = ["lastTimestamp", "eventTime", "firstTimestamp"];

    /// <summary>Sweeps now and then until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await SweepAsync();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The server ends.
        }
    }

    /// <summary>Removes what is over.</summary>
    public async Task SweepAsync()
    {
        var limit = clock.GetUtcNow() - Lifetime;
        foreach (var stored in store.Snapshot(Events).Objects.Values.Where(stored => LastSeen(stored.Root) < limit))
        {
            await store.WriteAsync(new StoreWrite(Events, stored.Key, stored.Revision, null));
        }
    }

    private static DateTimeOffset LastSeen(JsonElement json) =>
        TimeFields.Select(field => Time(json, field)).FirstOrDefault(time => time is not null)
        ?? Time(json.GetProperty("metadata"), "creationTimestamp")
        ?? DateTimeOffset.MinValue;

    private static DateTimeOffset? Time(JsonElement json, string field) =>
        json.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String
        && DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;
}
