using Mizzen.Resources.Meta;
using Mizzen.Resources.Rbac;

namespace Mizzen.Cluster.ApiServer.Authorization;

/// <summary>The roles and bindings that every cluster has (Kubernetes, "Default roles and role bindings"), for what is served here.</summary>
internal static class DefaultRoles
{
    private const string Bootstrapping = "kubernetes.io/bootstrapping";
    private const string Aggregate = "rbac.authorization.k8s.io/aggregate-to-";

    private static readonly string[] Any = ["*"];
    private static readonly string[] Core = [""];
    private static readonly string[] Get = ["get"];
    private static readonly string[] Read = ["get", "list", "watch"];
    private static readonly string[] Write = ["create", "delete", "deletecollection", "patch", "update"];

    // Kinds of the mesh are left to their own roles, as CustomResourceDefinitions always are.
    private static readonly string[] Workloads =
    [
        "controllerrevisions", "daemonsets", "daemonsets/status", "deployments", "deployments/scale", "deployments/status", "replicasets", "replicasets/scale", "replicasets/status",
    ];

    private static readonly string[] EditableWorkloads = ["daemonsets", "deployments", "deployments/rollback", "deployments/scale", "replicasets", "replicasets/scale"];

    private static readonly string[] Objects = ["configmaps", "endpoints", "pods", "serviceaccounts", "services", "services/status", "events"];

    /// <summary>The roles.</summary>
    public static IReadOnlyList<ClusterRole> Roles { get; } = Filled(
    [
        Role("cluster-admin", new() { ApiGroups = Any, Resources = Any, Verbs = Any }, new() { NonResourceUrls = Any, Verbs = Any }),
        Aggregated("admin", "admin"),
        Aggregated("edit", "edit") with { Metadata = Meta("edit", "admin") },
        Aggregated("view", "view") with { Metadata = Meta("view", "edit") },
        Role("system:aggregate-to-view", ViewRules()) with { Metadata = Meta("system:aggregate-to-view", "view") },
        Role("system:aggregate-to-edit", EditRules()) with { Metadata = Meta("system:aggregate-to-edit", "edit") },
        Role("system:aggregate-to-admin", AdminRules()) with { Metadata = Meta("system:aggregate-to-admin", "admin") },
        Role("system:discovery", new PolicyRule { Verbs = Get, NonResourceUrls = ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/"] }),
        Role("system:public-info-viewer", new PolicyRule { Verbs = Get, NonResourceUrls = ["/healthz", "/livez", "/readyz", "/version", "/version/"] }),
        Role("system:basic-user", Rule("authorization.k8s.io", ["create"], "selfsubjectaccessreviews", "selfsubjectrulesreviews"), Rule("authentication.k8s.io", ["create"], "selfsubjectreviews")),
        Role("system:auth-delegator", Rule("authentication.k8s.io", ["create"], "tokenreviews"), Rule("authorization.k8s.io", ["create"], "subjectaccessreviews")),
        Role("system:service-account-issuer-discovery", new PolicyRule { Verbs = Get, NonResourceUrls = ["/.well-known/openid-configuration", "/.well-known/openid-configuration/", "/openid/v1/jwks", "/openid/v1/jwks/"] }),
    ]);

    /// <summary>Who has which of them from the beginning.</summary>
    public static IEnumerable<ClusterRoleBinding> Bindings { get; } =
    [
        Binding("cluster-admin", RoleAuthorizer.Masters),
        Binding("system:discovery", "system:authenticated"),
        Binding("system:basic-user", "system:authenticated"),
        Binding("system:public-info-viewer", "system:authenticated", "system:unauthenticated"),
        Binding("system:service-account-issuer-discovery", "system:serviceaccounts"),
    ];

    private static IReadOnlyList<ClusterRole> Filled(IReadOnlyList<ClusterRole> roles)
    {
        return [.. roles.Select(role => role.AggregationRule is null ? role : role with { Rules = [.. RulesOf(role)] })];

        IEnumerable<PolicyRule> RulesOf(ClusterRole role) => role.AggregationRule is null
            ? role.Rules ?? []
            : roles.Where(part => part != role && role.AggregationRule.ClusterRoleSelectors!.Any(selector => selector.Matches(part.Metadata.Labels))).SelectMany(RulesOf);
    }

    private static PolicyRule[] ViewRules() =>
    [
        Rule("", Read, [.. Objects, "bindings", "limitranges", "namespaces", "namespaces/status", "pods/log", "pods/status", "replicationcontrollers", "resourcequotas", "persistentvolumeclaims"]),
        Rule("apps", Read, Workloads),
        Rule("batch", Read, "jobs", "jobs/status", "cronjobs", "cronjobs/status"),
        Rule("autoscaling", Read, "horizontalpodautoscalers"),
        Rule("networking.k8s.io", Read, "ingresses", "ingresses/status", "networkpolicies"),
        Rule("discovery.k8s.io", Read, "endpointslices"),
        Rule("policy", Read, "poddisruptionbudgets", "poddisruptionbudgets/status"),
        Rule("metrics.k8s.io", Read, "pods", "nodes"),
    ];

    private static PolicyRule[] EditRules() =>
    [
        Rule("", Read, "pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"),
        Rule("", ["impersonate"], "serviceaccounts"),
        Rule("", Write, "pods", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "configmaps", "events", "persistentvolumeclaims", "replicationcontrollers", "secrets", "serviceaccounts", "services", "services/proxy"),
        Rule("", ["create"], "pods/eviction", "serviceaccounts/token"),
        Rule("apps", Write, EditableWorkloads),
        Rule("batch", Write, "jobs", "cronjobs"),
        Rule("networking.k8s.io", Write, "ingresses", "networkpolicies"),
        Rule("policy", Write, "poddisruptionbudgets"),
        Rule("coordination.k8s.io", [.. Read, .. Write], "leases"),
    ];

    private static PolicyRule[] AdminRules() =>
    [
        Rule("authorization.k8s.io", ["create"], "localsubjectaccessreviews"),
        Rule(RoleAuthorizer.ApiGroup, [.. Read, .. Write], "rolebindings", "roles"),
    ];

    private static PolicyRule Rule(string group, string[] verbs, params string[] resources) =>
        new() { ApiGroups = group.Length == 0 ? Core : [group], Resources = resources, Verbs = verbs };

    private static ClusterRole Role(string name, params PolicyRule[] rules) => new() { Metadata = Meta(name), Rules = rules };

    private static ClusterRole Aggregated(string name, string label) => new()
    {
        Metadata = Meta(name),
        AggregationRule = new AggregationRule { ClusterRoleSelectors = [new LabelSelector { MatchLabels = new Dictionary<string, string> { [Aggregate + label] = "true" } }] },
        Rules = [],
    };

    private static ClusterRoleBinding Binding(string role, params string[] groups) => new()
    {
        Metadata = Meta(role),
        RoleRef = new RoleReference { ApiGroup = RoleAuthorizer.ApiGroup, Kind = "ClusterRole", Name = role },
        Subjects = [.. groups.Select(group => new Subject { ApiGroup = RoleAuthorizer.ApiGroup, Kind = "Group", Name = group })],
    };

    private static ObjectMeta Meta(string name, string? aggregatedTo = null)
    {
        var labels = new Dictionary<string, string> { [Bootstrapping] = "rbac-defaults" };
        if (aggregatedTo is not null)
        {
            labels[Aggregate + aggregatedTo] = "true";
        }

        return new ObjectMeta { Name = name, Labels = labels, Annotations = new Dictionary<string, string> { ["rbac.authorization.kubernetes.io/autoupdate"] = "true" } };
    }
}
