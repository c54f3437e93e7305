using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.Storage;

namespace Mizzen.Cluster.ApiServer.Discovery;

/// <summary>A document and the tag by which clients recognize it.</summary>
internal sealed record DiscoveryDocument(byte[] Json)
{
    public string ETag { get; } = $"\"{Convert.ToHexString(SHA512.HashData(Json))}\"";
}

/// <summary>
/// What a server tells of itself, in the old form (a document per group and version) and aggregated (one for all). Made once for each
/// table of kinds.
/// </summary>
internal sealed class DiscoveryDocuments(KindIndex table)
{
    private readonly IReadOnlyList<DiscoveredVersion> _versions = DiscoveredResources.Of(table);
    private readonly Dictionary<string, DiscoveryDocument> _made = [];
    private readonly Lock _gate = new();

    public KindIndex Table { get; } = table;

    /// <summary>The aggregated form of <c>/api</c> or <c>/apis</c>.</summary>
    public DiscoveryDocument Aggregated(bool core, string version) => Make($"{core} {version}", () => new JsonObject
    {
        ["kind"] = "APIGroupDiscoveryList",
        ["apiVersion"] = "apidiscovery.k8s.io/" + version,
        ["metadata"] = new JsonObject(),
        ["items"] = Array(Groups(core).Select(AggregatedGroup)),
    });

    /// <summary>The old form of <c>/api</c>.</summary>
    public DiscoveryDocument CoreVersions() => Make("core", () => new JsonObject
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(),
    });

    /// <summary>The old form of <c>/apis</c>.</summary>
    public DiscoveryDocument GroupList() => Make("groups", () => new JsonObject
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = Array(Groups(core: false).Select(group => OldGroup(group, whole: false))),
    });

    /// <summary>One group, <c>/apis/{group}</c>; null when it is not served.</summary>
    public DiscoveryDocument? Group(string name) =>
        Groups(core: false).FirstOrDefault(group => group.Key == name) is { } found ? Make("group " + name, () => OldGroup(found, whole: true)) : null;

    /// <summary>One version, <c>/api/v1</c> or <c>/apis/{group}/{version}</c>; null when it is not served.</summary>
    public DiscoveryDocument? Version(string group, string version) =>
        _versions.FirstOrDefault(candidate => candidate.Group == group && candidate.Version == version) is { } found
            ? Make($"version {found.ApiVersion}", () => ResourceList(found))
            : null;

    private IEnumerable<IGrouping<string, DiscoveredVersion>> Groups(bool core) =>
        _versions.GroupBy(version => version.Group).Where(group => (group.Key.Length == 0) == core);

    private DiscoveryDocument Make(string name, Func<JsonObject> make)
    {
        lock (_gate)
        {
            if (!_made.TryGetValue(name, out var document))
            {
                _made[name] = document = new DiscoveryDocument(JsonBytes.Of(make()));
            }

            return document;
        }
    }

    private static JsonObject AggregatedGroup(IGrouping<string, DiscoveredVersion> group) => new()
    {
        ["metadata"] = group.Key.Length == 0 ? new JsonObject() : new JsonObject { ["name"] = group.Key },
        ["versions"] = Array(group.Select(version => new JsonObject
        {
            ["version"] = version.Version,
            ["resources"] = Array(version.Resources.Select(AggregatedResource)),
            ["freshness"] = "Current",
        })),
    };

    private static JsonObject AggregatedResource(DiscoveredResource resource)
    {
        var json = new JsonObject
        {
            ["resource"] = resource.Name,
            ["responseKind"] = GroupVersionKind(resource),
            ["scope"] = resource.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = resource.Singular,
            ["verbs"] = Texts(resource.Verbs),
        };
        PutNames(json, resource);
        if (resource.Subresources.Count > 0)
        {
            json["subresources"] = Array(resource.Subresources.Select(sub => new JsonObject
            {
                ["subresource"] = sub.Name,
                ["responseKind"] = GroupVersionKind(sub),
                ["verbs"] = Texts(sub.Verbs),
            }));
        }

        return json;
    }

    private static JsonObject OldGroup(IGrouping<string, DiscoveredVersion> group, bool whole)
    {
        var json = whole ? new JsonObject { ["kind"] = "APIGroup", ["apiVersion"] = "v1" } : [];
        json["name"] = group.Key;
        json["versions"] = Array(group.Select(NameOf));
        json["preferredVersion"] = NameOf(group.First());
        return json;
    }

    private static JsonObject NameOf(DiscoveredVersion version) => new() { ["groupVersion"] = version.ApiVersion, ["version"] = version.Version };

    private static JsonObject ResourceList(DiscoveredVersion version) => new()
    {
        ["kind"] = "APIResourceList",
        ["apiVersion"] = "v1",
        ["groupVersion"] = version.ApiVersion,
        ["resources"] = Array(version.Resources.SelectMany(resource => resource.Subresources
            .Select(sub => sub with { Name = $"{resource.Name}/{sub.Name}" })
            .Prepend(resource)
            .Select(entry => OldResource(version, entry)))),
    };

    private static JsonObject OldResource(DiscoveredVersion version, DiscoveredResource resource)
    {
        var json = new JsonObject
        {
            ["name"] = resource.Name,
            ["singularName"] = resource.Singular,
            ["namespaced"] = resource.Namespaced,
            ["kind"] = resource.Kind,
            ["verbs"] = Texts(resource.Verbs),
        };
        if (resource.Group != version.Group || resource.Version != version.Version)
        {
            json["group"] = resource.Group;
            json["version"] = resource.Version;
        }

        PutNames(json, resource);
        return json;
    }

    private static void PutNames(JsonObject json, DiscoveredResource resource)
    {
        if (resource.ShortNames.Count > 0)
        {
            json["shortNames"] = Texts(resource.ShortNames);
        }

        if (resource.Categories.Count > 0)
        {
            json["categories"] = Texts(resource.Categories);
        }
    }

    private static JsonObject GroupVersionKind(DiscoveredResource resource) =>
        new() { ["group"] = resource.Group, ["version"] = resource.Version, ["kind"] = resource.Kind };

    private static JsonArray Array(IEnumerable<JsonObject> items) => [.. items];

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(text => JsonValue.Create(text))];
}
