using Envoy.Config.Listener.V3;
using Envoy.Config.Rbac.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Security;
using HttpRbac = Envoy.Extensions.Filters.Http.Rbac.V3.RBAC;
using NetworkRbac = Envoy.Extensions.Filters.Network.Rbac.V3.RBAC;

namespace Mizzen.ControlPlane.Translation;

/// <summary>AuthorizationPolicies as filters: one for each action, in the order AUDIT, DENY, ALLOW.</summary>
internal sealed class AuthorizationFilters(IReadOnlyList<AuthorizationPolicy> policies, MeshConfig mesh)
{
    private const string DryRun = "istio.io/dry-run";

    private static readonly (string Name, RBAC.Types.Action Action, string ShadowPrefix)[] Actions =
    [
        ("AUDIT", RBAC.Types.Action.Log, ""),
        ("DENY", RBAC.Types.Action.Deny, "istio_dry_run_deny_"),
        ("ALLOW", RBAC.Types.Action.Allow, "istio_dry_run_allow_"),
    ];

    private readonly TrustDomains _domains = new(mesh);

    /// <summary>For requests.</summary>
    public IEnumerable<HttpFilter> Http() => Build(ofConnection: false).Select(built => new HttpFilter
    {
        Name = EnvoyNames.HttpRbac,
        TypedConfig = Messages.Pack(new HttpRbac { Rules = built.Rules, ShadowRules = built.Shadow, ShadowRulesStatPrefix = built.Prefix }),
    });

    /// <summary>For connections of which no request is read.</summary>
    public IEnumerable<Filter> Tcp() => Build(ofConnection: true).Select(built => new Filter
    {
        Name = EnvoyNames.NetworkRbac,
        TypedConfig = Messages.Pack(new NetworkRbac { Rules = built.Rules, ShadowRules = built.Shadow, ShadowRulesStatPrefix = built.Prefix, StatPrefix = "tcp." }),
    });

    private IEnumerable<(RBAC? Rules, RBAC? Shadow, string Prefix)> Build(bool ofConnection)
    {
        foreach (var (name, action, prefix) in Actions)
        {
            var all = policies.Where(policy => (policy.Spec?.Action ?? "ALLOW") == name).ToLookup(IsDryRun);
            var rules = Rules(action, all[false], ofConnection);
            var shadow = Rules(action, all[true], ofConnection);
            if (rules is not null || shadow is not null)
            {
                yield return (rules, shadow, shadow is null ? "" : prefix);
            }
        }
    }

    /// <summary>An ALLOW policy whose rules let nothing pass is still there: it refuses everything.</summary>
    private RBAC? Rules(RBAC.Types.Action action, IEnumerable<AuthorizationPolicy> all, bool ofConnection)
    {
        RBAC? rbac = null;
        foreach (var policy in all)
        {
            rbac ??= new RBAC { Action = action };
            var rules = new AuthorizationRules(policy.Metadata.Namespace ?? "", _domains, ofConnection, letsPass: action == RBAC.Types.Action.Allow);
            for (var i = 0; i < (policy.Spec?.Rules?.Count ?? 0); i++)
            {
                if (rules.Of(policy.Spec!.Rules![i]) is { } made)
                {
                    rbac.Policies.Add($"ns[{policy.Metadata.Namespace}]-policy[{policy.Metadata.Name}]-rule[{i}]", made);
                }
            }
        }

        return rbac;
    }

    private static bool IsDryRun(AuthorizationPolicy policy) =>
        bool.TryParse(policy.Metadata.Annotations?.GetValueOrDefault(DryRun), out var isDryRun) && isDryRun;
}
