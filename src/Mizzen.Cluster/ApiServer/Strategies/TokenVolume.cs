using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Objects;

namespace Mizzen.Cluster.ApiServer.Strategies;

/// <summary>The projected volume with the service account's token, mounted into every container (the ServiceAccount admission of Kubernetes).</summary>
internal static class TokenVolume
{
    private const string MountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
    private const string Prefix = "kube-api-access-";

    // An hour and a bit: what kubelets renew in time.
    private const int TokenSeconds = 3607;
    private const int FileMode = 420; // 0644

    public static void Mount(JsonObject spec)
    {
        var bare = spec.Items("initContainers").Concat(spec.Items("containers")).Where(container => !IsMounted(container)).ToList();
        if (bare.Count == 0)
        {
            return;
        }

        var volume = spec.Items("volumes").Select(v => v.Text("name")).FirstOrDefault(name => name?.StartsWith(Prefix, StringComparison.Ordinal) == true);
        if (volume is null)
        {
            volume = NameRules.Generate(Prefix);
            ListOf(spec, "volumes").Add(Volume(volume));
        }

        foreach (var container in bare)
        {
            ListOf(container, "volumeMounts").Add(new JsonObject { ["name"] = volume, ["readOnly"] = true, ["mountPath"] = MountPath });
        }
    }

    private static bool IsMounted(JsonObject container) => container.Items("volumeMounts").Any(mount => mount.Text("mountPath") == MountPath);

    private static JsonArray ListOf(JsonObject node, string name)
    {
        if (node[name] is not JsonArray list)
        {
            list = [];
            node[name] = list;
        }

        return list;
    }

    private static JsonObject Volume(string name) => new()
    {
        ["name"] = name,
        ["projected"] = new JsonObject
        {
            ["defaultMode"] = FileMode,
            ["sources"] = new JsonArray(
                new JsonObject { ["serviceAccountToken"] = new JsonObject { ["expirationSeconds"] = TokenSeconds, ["path"] = "token" } },
                new JsonObject
                {
                    ["configMap"] = new JsonObject
                    {
                        ["name"] = "kube-root-ca.crt",
                        ["items"] = new JsonArray(new JsonObject { ["key"] = "ca.crt", ["path"] = "ca.crt" }),
                    },
                },
                new JsonObject
                {
                    ["downwardAPI"] = new JsonObject
                    {
                        ["items"] = new JsonArray(new JsonObject
                        {
                            ["path"] = "namespace",
                            ["fieldRef"] = new JsonObject { ["apiVersion"] = "v1", ["fieldPath"] = "metadata.namespace" },
                        }),
                    },
                }),
        },
    };
}
