using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.ApiServer.Streaming;
using Mizzen.Cluster.Node;
using Mizzen.Cluster.Storage;

namespace Mizzen.Cluster.ApiServer.Metrics;

/// <summary>
/// What nodes and pods use, as metrics-server tells it (<c>metrics.k8s.io/v1beta1</c>): <c>kubectl top</c> reads it. Requests carry the
/// core kind that the path names.
/// </summary>
internal sealed class MetricsHandler(ObjectStore store, PodTargets targets, TimeProvider clock)
{
    public const string Group = "metrics.k8s.io";
    public const string Version = "v1beta1";

    private const double NanoCores = 1e9;

    /// <summary>The kinds, for discovery.</summary>
    public static readonly (string Plural, string Kind, bool Namespaced)[] Kinds = [("nodes", "NodeMetrics", false), ("pods", "PodMetrics", true)];

    public Task ServeAsync(ApiRequest request)
    {
        if (!HttpMethods.IsGet(request.Http.Request.Method) || request.Flag("watch"))
        {
            throw Errors.MethodNotAllowed();
        }

        var report = targets.Runtime.Usage();
        var kind = Kinds.First(kind => kind.Plural == request.Target.Plural).Kind;
        var items = ListQuery.Read(request).Select(store.Snapshot(request.Kind.Storage)).Select(stored => request.Kind.Namespaced ? OfPod(stored, report) : OfNode(stored, report)).OfType<JsonObject>();
        return Answer.ObjectAsync(request.Http, StatusCodes.Status200OK, request.Target.Name is { } name ? One(request, kind, name, items.FirstOrDefault()) : List(kind, items));
    }

    private static JsonObject One(ApiRequest request, string kind, string name, JsonObject? item)
    {
        if (item is null)
        {
            var shown = request.Kind.Namespaced ? $"{request.Namespace}/{name}" : name;
            throw Errors.NotFound(Group, kind.ToLowerInvariant(), shown);
        }

        item["kind"] = kind;
        item["apiVersion"] = $"{Group}/{Version}";
        return item;
    }

    private static JsonObject List(string kind, IEnumerable<JsonObject> items) => new()
    {
        ["kind"] = kind + "List",
        ["apiVersion"] = $"{Group}/{Version}",
        ["metadata"] = new JsonObject(),
        ["items"] = new JsonArray([.. items]),
    };

    private JsonObject? OfPod(StoredObject stored, UsageReport report)
    {
        if (report.Pods.FirstOrDefault(pod => pod.Uid == stored.Uid) is not { Containers.Count: > 0 } pod)
        {
            return null;
        }

        var item = Item(stored, report);
        item["containers"] = new JsonArray([.. pod.Containers.Select(container => new JsonObject { ["name"] = container.Name, ["usage"] = Usage([container]) })]);
        return item;
    }

    private JsonObject? OfNode(StoredObject stored, UsageReport report)
    {
        if (!report.Nodes.Contains(stored.Key.Name))
        {
            return null;
        }

        var item = Item(stored, report);
        item["usage"] = Usage([.. report.Pods.Where(pod => pod.Node == stored.Key.Name).SelectMany(pod => pod.Containers)]);
        return item;
    }

    private JsonObject Item(StoredObject stored, UsageReport report)
    {
        var now = clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var metadata = new JsonObject { ["name"] = stored.Key.Name, ["creationTimestamp"] = now };
        if (stored.Key.Namespace.Length > 0)
        {
            metadata["namespace"] = stored.Key.Namespace;
        }

        if (stored.Labels.Count > 0)
        {
            metadata["labels"] = new JsonObject(stored.Labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value)));
        }

        return new JsonObject { ["metadata"] = metadata, ["timestamp"] = now, ["window"] = string.Create(CultureInfo.InvariantCulture, $"{report.Window.TotalSeconds:0}s") };
    }

    private static JsonObject Usage(IReadOnlyList<ContainerUsage> containers) => new()
    {
        ["cpu"] = string.Create(CultureInfo.InvariantCulture, $"{containers.Sum(container => container.Cores) * NanoCores:0}n"),
        ["memory"] = string.Create(CultureInfo.InvariantCulture, $"{containers.Sum(container => container.Memory) / 1024}Ki"),
    };
}
