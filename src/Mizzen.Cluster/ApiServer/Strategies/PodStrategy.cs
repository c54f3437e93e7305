using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.Storage;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Strategies;

/// <summary>Pods: their defaults, their service account and its token, and a specification that hardly changes.</summary>
internal sealed class PodStrategy(ObjectStore store) : KindStrategy
{
    public static readonly ResourceName Resource = new("", "pods");

    private static readonly ResourceName ServiceAccounts = new("", "serviceaccounts");
    private static readonly string[] Guaranteed = ["cpu", "memory"];
    private static readonly string[] Changeable = ["tolerations", "activeDeadlineSeconds", "terminationGracePeriodSeconds", "schedulingGates"];

    public override void ApplyDefaults(JsonObject node)
    {
        var spec = node.Ensure("spec");
        spec.Default("enableServiceLinks", true);
        PodDefaults.Apply(spec);
    }

    public override void PrepareCreate(JsonObject node)
    {
        var spec = node.Ensure("spec");
        spec.Default("priority", 0);
        spec.Default("preemptionPolicy", "PreemptLowerPriority");
        node["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = QosClass(spec) };
        Tolerate(spec, "node.kubernetes.io/not-ready");
        Tolerate(spec, "node.kubernetes.io/unreachable");
    }

    public override void Admit(JsonObject node)
    {
        var spec = node.Ensure("spec");
        var metadata = node.Metadata();
        spec.Default("serviceAccountName", "default");
        var name = spec.Text("serviceAccountName")!;
        spec["serviceAccount"] = name;
        var account = store.Find(ServiceAccounts, new ObjectKey(metadata.Text("namespace")!, name))?.ToNode()
            ?? throw NoServiceAccount(metadata, name);
        if (spec.IsTrue("automountServiceAccountToken")
            || (spec["automountServiceAccountToken"] is null && (account["automountServiceAccountToken"] is null || account.IsTrue("automountServiceAccountToken"))))
        {
            TokenVolume.Mount(spec);
        }
    }

    public override void Validate(JsonObject node, JsonObject? old, List<FieldError> errors)
    {
        var spec = node.Ensure("spec");
        PodRules.Check(spec, "spec", errors);
        if (old is not null && !JsonNode.DeepEquals(Fixed(spec), Fixed(old.Ensure("spec"))))
        {
            errors.Add(new FieldError(
                "spec",
                FieldErrorKind.Forbidden,
                "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
                + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds`"));
        }
    }

    private static StatusException NoServiceAccount(JsonObject metadata, string account)
    {
        var name = metadata.Text("name") ?? "";
        return Errors.Refusal(
            403,
            "Forbidden",
            $"pods \"{name}\" is forbidden: error looking up service account {metadata.Text("namespace")}/{account}: serviceaccount \"{account}\" not found",
            new StatusDetails { Name = name, Kind = "pods" });
    }

    // A binding sets nodeName; an update may not.
    private static JsonObject Fixed(JsonObject spec)
    {
        var copy = (JsonObject)spec.DeepClone();
        foreach (var field in Changeable)
        {
            copy.Remove(field);
        }

        foreach (var container in copy.Items("containers").Concat(copy.Items("initContainers")))
        {
            container.Remove("image");
        }

        return copy;
    }

    private static void Tolerate(JsonObject spec, string taint)
    {
        if (spec.Items("tolerations").Any(toleration => toleration.Text("key") is null or "" || toleration.Text("key") == taint))
        {
            return;
        }

        var tolerations = spec["tolerations"] as JsonArray ?? [];
        spec["tolerations"] = tolerations;
        tolerations.Add(new JsonObject { ["key"] = taint, ["operator"] = "Exists", ["effect"] = "NoExecute", ["tolerationSeconds"] = 300 });
    }

    // BestEffort: nobody asks for anything; Guaranteed: all limit cpu and memory and ask for just that; else Burstable.
    private static string QosClass(JsonObject spec)
    {
        var resources = spec.Items("containers").Concat(spec.Items("initContainers")).Select(container => container.Child("resources") ?? []).ToList();
        if (resources.All(r => r.Child("limits") is null or { Count: 0 } && r.Child("requests") is null or { Count: 0 }))
        {
            return "BestEffort";
        }

        return resources.All(IsGuaranteed) ? "Guaranteed" : "Burstable";
    }

    private static bool IsGuaranteed(JsonObject resources) =>
        Guaranteed.All(name =>
            resources.Child("limits")?[name] is { } limit && limit.ToString() == resources.Child("requests")?[name]?.ToString());
}
