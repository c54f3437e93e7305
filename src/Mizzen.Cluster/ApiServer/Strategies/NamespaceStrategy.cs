using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.Storage;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Strategies;

/// <summary>
/// Namespaces: held by the finalizer <c>kubernetes</c> until they are empty. The default service account and the cluster's root
/// certificate come with the namespace itself, so that the first pod in it is not refused for being too early.
/// </summary>
internal sealed class NamespaceStrategy(ObjectStore store, string authorityPem, TimeProvider clock) : KindStrategy
{
    public static readonly ResourceName Resource = new("", "namespaces");

    public static readonly string[] Immortal = ["default", "kube-public", "kube-system"];

    private static readonly ResourceName ServiceAccounts = new("", "serviceaccounts");
    private static readonly ResourceName ConfigMaps = new("", "configmaps");

    public override void ApplyDefaults(JsonObject node)
    {
        if (node.Metadata().Text("name") is { } name)
        {
            node.Metadata().Ensure("labels")["kubernetes.io/metadata.name"] = name;
        }
    }

    public override void PrepareCreate(JsonObject node)
    {
        node["spec"] = new JsonObject { ["finalizers"] = new JsonArray("kubernetes") };
        node["status"] = new JsonObject { ["phase"] = "Active" };
    }

    public override void PrepareUpdate(JsonObject node, JsonObject old) => node.CopyFrom(old, "spec");

    public override void Validate(JsonObject node, JsonObject? old, List<FieldError> errors) =>
        NameRules.CheckLabels(node.Metadata().Child("labels"), "metadata.labels", errors);

    public override async Task CreatedAsync(StoredObject created)
    {
        var ns = created.Key.Name;
        await AddAsync(ServiceAccounts, ns, "default", new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ServiceAccount" });
        await AddAsync(ConfigMaps, ns, "kube-root-ca.crt", new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["data"] = new JsonObject { ["ca.crt"] = authorityPem },
        });
    }

    private Task<StoreOutcome> AddAsync(ResourceName resource, string ns, string name, JsonObject node)
    {
        node["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["namespace"] = ns,
            ["uid"] = Guid.NewGuid().ToString(),
            ["creationTimestamp"] = ObjectState.Time(clock.GetUtcNow()),
        };
        return store.WriteAsync(new StoreWrite(resource, new ObjectKey(ns, name), 0, node));
    }
}
