using System.Runtime.CompilerServices;
using Mizzen.Cluster.Storage;
using Mizzen.Resources;
using Mizzen.Resources.Authentication;
using Mizzen.Resources.Rbac;

namespace Mizzen.Cluster.ApiServer.Authorization;

/// <summary>Decides by the roles that are bound to a user, to his groups or to his service account (Kubernetes' RBAC).</summary>
internal sealed class RoleAuthorizer(ObjectStore store)
{
    /// <summary>The group that may do everything, whatever the roles say.</summary>
    public const string Masters = "system:masters";

    public const string ApiGroup = "rbac.authorization.k8s.io";

    private const string ServiceAccountPrefix = "system:serviceaccount:";

    private static readonly ResourceName Roles = new(ApiGroup, "roles");
    private static readonly ResourceName ClusterRoles = new(ApiGroup, "clusterroles");
    private static readonly ResourceName Bindings = new(ApiGroup, "rolebindings");
    private static readonly ResourceName ClusterBindings = new(ApiGroup, "clusterrolebindings");

    // Stored objects never change, so that what was read of one holds as long as it does.
    private readonly ConditionalWeakTable<StoredObject, object> _read = [];

    /// <summary>Whether the user may; the reason names the binding that lets him, or what is wrong with one that might have.</summary>
    public (bool Allowed, string Reason) Decide(AccessAttributes wanted)
    {
        if ((wanted.User.Groups ?? []).Contains(Masters))
        {
            return (true, "");
        }

        var missing = new List<string>();
        foreach (var (binding, rules) in Granted(wanted.User, wanted.Namespace, missing))
        {
            if (rules.Any(rule => RoleRules.Allows(rule, wanted)))
            {
                return (true, $"RBAC: allowed by {binding}");
            }
        }

        return (false, missing.Count == 0 ? "" : $"RBAC: {string.Join(", ", missing.Distinct().Select(role => $"{role} not found"))}");
    }

    /// <exception cref="StatusException">The user may not.</exception>
    public void Require(AccessAttributes wanted)
    {
        if (Decide(wanted) is { Allowed: false, Reason: var reason })
        {
            throw Errors.Forbidden(wanted, reason);
        }
    }

    /// <summary>All rules that hold for a user in a namespace, those of the whole cluster included.</summary>
    public IReadOnlyList<PolicyRule> RulesOf(UserInfo user, string ns) => (user.Groups ?? []).Contains(Masters)
        ? [new() { Verbs = ["*"], ApiGroups = ["*"], Resources = ["*"] }, new() { Verbs = ["*"], NonResourceUrls = ["*"] }]
        : [.. Granted(user, ns, []).SelectMany(grant => grant.Rules)];

    /// <summary>The rules of a role that a binding names; null when there is no such role.</summary>
    public IReadOnlyList<PolicyRule>? RulesOf(RoleReference reference, string ns)
    {
        if (reference.Kind == "Role")
        {
            return Find<Role>(Roles, new ObjectKey(ns, reference.Name))?.Rules ?? (Exists(Roles, ns, reference.Name) ? [] : null);
        }

        return Find<ClusterRole>(ClusterRoles, new ObjectKey("", reference.Name)) is { } role ? RulesOf(role) : null;
    }

    /// <summary>The rules of a role, or those of the roles that it is made of.</summary>
    public IReadOnlyList<PolicyRule> RulesOf(ClusterRole role) => role.AggregationRule is { } aggregation
        ? [.. All<ClusterRole>(ClusterRoles, "")
            .Where(part => part.Metadata.Name != role.Metadata.Name && (aggregation.ClusterRoleSelectors ?? []).Any(selector => selector.Matches(part.Metadata.Labels)))
            .SelectMany(RulesOf)]
        : role.Rules ?? [];

    private IEnumerable<(string Binding, IReadOnlyList<PolicyRule> Rules)> Granted(UserInfo user, string ns, List<string> missing)
    {
        foreach (var binding in All<ClusterRoleBinding>(ClusterBindings, "").Where(binding => IsFor(binding.Subjects, user, "")))
        {
            if (binding.RoleRef is { } role && RulesOrMissing(role, "", missing) is { } rules)
            {
                yield return ($"ClusterRoleBinding \"{binding.Metadata.Name}\" of {role.Kind} \"{role.Name}\" to {WhoIsMeant(binding.Subjects, user, "")}", rules);
            }
        }

        if (ns.Length == 0)
        {
            yield break;
        }

        foreach (var binding in All<RoleBinding>(Bindings, ns).Where(binding => IsFor(binding.Subjects, user, ns)))
        {
            if (binding.RoleRef is { } role && RulesOrMissing(role, ns, missing) is { } rules)
            {
                yield return ($"RoleBinding \"{binding.Metadata.Name}/{ns}\" of {role.Kind} \"{role.Name}\" to {WhoIsMeant(binding.Subjects, user, ns)}", rules);
            }
        }
    }

    private IReadOnlyList<PolicyRule>? RulesOrMissing(RoleReference role, string ns, List<string> missing)
    {
        var rules = RulesOf(role, ns);
        if (rules is null)
        {
            missing.Add($"{role.Kind.ToLowerInvariant()}.{ApiGroup} \"{role.Name}\"");
        }

        return rules;
    }

    private static bool IsFor(IReadOnlyList<Subject>? subjects, UserInfo user, string ns) => (subjects ?? []).Any(subject => IsMeant(subject, user, ns));

    private static string WhoIsMeant(IReadOnlyList<Subject>? subjects, UserInfo user, string ns)
    {
        var subject = subjects!.First(subject => IsMeant(subject, user, ns));
        return subject.Kind == "ServiceAccount" ? $"ServiceAccount \"{subject.Name}/{subject.Namespace ?? ns}\"" : $"{subject.Kind} \"{subject.Name}\"";
    }

    private static bool IsMeant(Subject subject, UserInfo user, string ns) => subject.Kind switch
    {
        "User" => subject.Name == user.Username,
        "Group" => (user.Groups ?? []).Contains(subject.Name),
        "ServiceAccount" => user.Username == $"{ServiceAccountPrefix}{(string.IsNullOrEmpty(subject.Namespace) ? ns : subject.Namespace)}:{subject.Name}",
        _ => false,
    };

    private bool Exists(ResourceName resource, string ns, string name) => store.Find(resource, new ObjectKey(ns, name)) is not null;

    private T? Find<T>(ResourceName resource, ObjectKey key)
        where T : class => store.Find(resource, key) is { } stored ? Read<T>(stored) : null;

    private IEnumerable<T> All<T>(ResourceName resource, string ns)
        where T : class => store.Snapshot(resource).Objects.Values.Where(stored => stored.Key.Namespace == ns).Select(Read<T>);

    private T Read<T>(StoredObject stored)
        where T : class => (T)_read.GetValue(stored, static stored => ResourceJson.Deserialize<T>(stored.Json));
}
