using System.Text.Json.Nodes;
using Mizzen.Api;
using Mizzen.Resources;
using Mizzen.Resources.Reading;

namespace Mizzen.Manifests;

/// <summary>The objects that a cluster has now, of the kinds that matter to a mesh.</summary>
internal static class LiveObjects
{
    private static readonly string[] Others =
    [
        "ConfigMap", "Secret", "Deployment", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "CustomResourceDefinition",
    ];

    /// <summary>Every object; kinds that the cluster does not serve, or the user may not list, are left out and named.</summary>
    public static async Task<(IReadOnlyList<JsonObject> Objects, IReadOnlyList<string> LeftOut)> ReadAsync(KubernetesApi api, CancellationToken cancellationToken)
    {
        var served = (await api.KindsAsync(cancellationToken)).Where(kind => kind.Preferred).ToList();
        var wanted = KindCatalog.All.Where(kind => !kind.BuiltIn || Others.Contains(kind.Kind) || ControlPlane.Offline.MeshObjects.Kinds.Contains(kind)).ToList();
        var lists = await Task.WhenAll(wanted.Select(kind => ListAsync(api, kind, served, cancellationToken)));
        return ([.. lists.SelectMany(list => list.Objects)], [.. lists.Select(list => list.Problem).OfType<string>()]);
    }

    private static async Task<(IEnumerable<JsonObject> Objects, string? Problem)> ListAsync(
        KubernetesApi api, ResourceKind kind, List<ServedKind> served, CancellationToken cancellationToken)
    {
        if (served.Find(candidate => candidate.Group == kind.Group && candidate.Plural == kind.Plural) is not { } path)
        {
            return ([], null);
        }

        try
        {
            var list = await api.GetAsync(path.Path(null, null), cancellationToken);
            return (list["items"].Objects().Select(item => Complete(item, path)), null);
        }
        catch (UserErrorException error)
        {
            return ([], $"{kind.Plural}: {error.Message}");
        }
    }

    // Items of a list need not say what they are.
    private static JsonObject Complete(JsonObject item, ServedKind kind)
    {
        var copy = (JsonObject)item.DeepClone();
        copy["apiVersion"] ??= kind.ApiVersion;
        copy["kind"] ??= kind.Kind;
        return copy;
    }
}
