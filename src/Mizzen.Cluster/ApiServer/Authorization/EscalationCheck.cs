using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Resources;
using Mizzen.Resources.Rbac;

namespace Mizzen.Cluster.ApiServer.Authorization;

/// <summary>
/// Nobody gives away more than he has: roles are written and bound only by who holds all of their rights, or may explicitly do more
/// (the verbs <c>escalate</c> and <c>bind</c>).
/// </summary>
internal sealed class EscalationCheck(RoleAuthorizer authorizer)
{
    /// <summary>Checks a role or a binding that is about to be stored; other kinds pass.</summary>
    /// <exception cref="StatusException">The writer would give away more than he has.</exception>
    public void Check(ApiRequest request, JsonObject node)
    {
        if (request.Kind.Group != RoleAuthorizer.ApiGroup || (request.User.Groups ?? []).Contains(RoleAuthorizer.Masters))
        {
            return;
        }

        var json = node.ToJsonString();
        var given = request.Kind.Kind switch
        {
            "Role" => Of(ResourceJson.Deserialize<Role>(json).Rules),
            "ClusterRole" => authorizer.RulesOf(ResourceJson.Deserialize<ClusterRole>(json)),
            "RoleBinding" => Bound(request, ResourceJson.Deserialize<RoleBinding>(json).RoleRef),
            _ => Bound(request, ResourceJson.Deserialize<ClusterRoleBinding>(json).RoleRef),
        };
        var excess = Excess(request, given);
        if (excess.Count > 0 && !MayDoMore(request, node))
        {
            var groups = string.Join(' ', (request.User.Groups ?? []).Select(group => $"\"{group}\""));
            throw Errors.Forbidden(
                request.Kind,
                node["metadata"]?["name"]?.ToString() ?? "",
                $"user \"{request.User.Username}\" (groups=[{groups}]) is attempting to grant RBAC permissions not currently held:\n{string.Join('\n', excess.Select(RoleRules.Text))}");
        }
    }

    private static IReadOnlyList<PolicyRule> Of(IReadOnlyList<PolicyRule>? rules) => rules ?? [];

    private IReadOnlyList<PolicyRule> Bound(ApiRequest request, RoleReference? role) =>
        role is null ? [] : authorizer.RulesOf(role, request.Namespace) ?? [];

    private List<PolicyRule> Excess(ApiRequest request, IReadOnlyList<PolicyRule> given)
    {
        var held = authorizer.RulesOf(request.User, request.Namespace);
        return [.. given.Where(rule => !RoleRules.Cover(held, rule))];
    }

    private bool MayDoMore(ApiRequest request, JsonObject node)
    {
        var isRole = request.Kind.Kind is "Role" or "ClusterRole";
        var named = isRole ? node["metadata"]?["name"] : node["roleRef"]?["name"];
        return authorizer.Decide(new AccessAttributes
        {
            User = request.User,
            Verb = isRole ? "escalate" : "bind",
            Group = RoleAuthorizer.ApiGroup,
            Resource = isRole ? request.Kind.Plural : node["roleRef"]?["kind"]?.ToString() == "Role" ? "roles" : "clusterroles",
            Name = named?.ToString() ?? "",
            Namespace = request.Namespace,
        }).Allowed;
    }
}
