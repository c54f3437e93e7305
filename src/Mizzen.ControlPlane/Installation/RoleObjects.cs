using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Rbac;

namespace Mizzen.ControlPlane.Installation;

/// <summary>Who the control plane and the gateway are, and what they may do.</summary>
internal static class RoleObjects
{
    public const string IstiodAccount = "istiod";
    public const string GatewayAccount = "istio-ingressgateway-service-account";

    private const string RbacGroup = "rbac.authorization.k8s.io";

    private static readonly string[] Read = ["get", "list", "watch"];
    private static readonly string[] Write = ["get", "list", "watch", "create", "update", "patch"];
    private static readonly string[] MeshGroups = ["networking.istio.io", "security.istio.io", "telemetry.istio.io", "extensions.istio.io"];
    private static readonly Dictionary<string, string> Labels = ObjectText.Labels(("app", "istiod"), ("release", "istio"));

    public static IEnumerable<Resource> All(InstallOptions options)
    {
        var ns = options.Namespace;
        var clusterRole = $"istiod-clusterrole-{ns}";
        yield return Account(IstiodAccount, ns);
        yield return new ClusterRole { Metadata = ObjectText.Meta(clusterRole, null, Labels), Rules = ClusterRules() };
        yield return new ClusterRoleBinding
        {
            Metadata = ObjectText.Meta(clusterRole, null, Labels),
            RoleRef = new RoleReference { ApiGroup = RbacGroup, Kind = "ClusterRole", Name = clusterRole },
            Subjects = [new Subject { Kind = "ServiceAccount", Name = IstiodAccount, Namespace = ns }],
        };
        yield return new Role { Metadata = ObjectText.Meta("istiod", ns, Labels), Rules = [Rule([""], ["secrets"], [.. Write, "delete"])] };
        yield return Binding("istiod", IstiodAccount, ns);
        if (options.IngressGateway)
        {
            yield return Account(GatewayAccount, ns);
            yield return new Role { Metadata = ObjectText.Meta("istio-ingressgateway-sds", ns, Labels), Rules = [Rule([""], ["secrets"], Read)] };
            yield return Binding("istio-ingressgateway-sds", GatewayAccount, ns);
        }
    }

    private static PolicyRule[] ClusterRules() =>
    [
        Rule(MeshGroups, ["*"], Write),
        Rule(["networking.istio.io"], ["workloadentries"], ["delete"]),
        Rule([""], ["pods", "nodes", "services", "namespaces", "endpoints", "secrets"], Read),
        Rule([""], ["configmaps"], Write),
        Rule([""], ["events"], ["create", "patch"]),
        Rule(["discovery.k8s.io"], ["endpointslices"], Read),
        Rule(["networking.k8s.io"], ["ingresses", "ingressclasses"], Read),
        Rule(["networking.k8s.io"], ["ingresses/status"], ["*"]),
        Rule(["apiextensions.k8s.io"], ["customresourcedefinitions"], Read),
        Rule(["admissionregistration.k8s.io"], ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"], [.. Read, "update", "patch"]),
        Rule(["authentication.k8s.io"], ["tokenreviews"], ["create"]),
        Rule(["coordination.k8s.io"], ["leases"], Write),
        Rule(["gateway.networking.k8s.io"], ["*"], Write),
        Rule(["apps"], ["deployments"], Write),
        Rule([""], ["services", "serviceaccounts"], Write),
    ];

    private static PolicyRule Rule(string[] groups, string[] resources, string[] verbs) =>
        new() { ApiGroups = groups, Resources = resources, Verbs = verbs };

    private static ServiceAccount Account(string name, string ns) => new() { Metadata = ObjectText.Meta(name, ns, Labels) };

    private static RoleBinding Binding(string role, string account, string ns) => new()
    {
        Metadata = ObjectText.Meta(role, ns, Labels),
        RoleRef = new RoleReference { ApiGroup = RbacGroup, Kind = "Role", Name = role },
        Subjects = [new Subject { Kind = "ServiceAccount", Name = account, Namespace = ns }],
    };
}
