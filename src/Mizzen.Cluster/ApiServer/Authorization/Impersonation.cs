using Microsoft.AspNetCore.Http;
using Mizzen.Resources.Authentication;

namespace Mizzen.Cluster.ApiServer.Authorization;

/// <summary>Acting as somebody else by the <c>Impersonate-</c> headers, for whoever may (Kubernetes, "User impersonation").</summary>
internal sealed class Impersonation(RoleAuthorizer authorizer)
{
    private const string Authenticated = "system:authenticated";
    private const string Anonymous = "system:anonymous";
    private const string ExtraPrefix = "Impersonate-Extra-";

    private static readonly string[] AccountPrefix = ["system", "serviceaccount"];

    /// <summary>The user as whom the request is made.</summary>
    /// <exception cref="StatusException">The user may not be that one, or headers are not complete.</exception>
    public UserInfo Apply(HttpContext http, UserInfo user)
    {
        var headers = http.Request.Headers;
        var name = headers["Impersonate-User"].ToString();
        string[] groups = [.. headers["Impersonate-Group"].OfType<string>()];
        var uid = headers["Impersonate-Uid"].ToString();
        var extra = headers.Where(header => header.Key.StartsWith(ExtraPrefix, StringComparison.OrdinalIgnoreCase))
            .ToDictionary(header => Uri.UnescapeDataString(header.Key[ExtraPrefix.Length..]).ToLowerInvariant(), header => (IReadOnlyList<string>)[.. header.Value.OfType<string>()]);
        if (name.Length == 0)
        {
            return groups.Length == 0 && uid.Length == 0 && extra.Count == 0
                ? user
                : throw Errors.BadRequest("requested impersonation without impersonating a user: header Impersonate-User is missing");
        }

        var account = name.Split(':') is [var first, var second, var ns, var simple] && AccountPrefix.SequenceEqual([first, second]) ? (Namespace: ns, Name: simple) : default;
        Require(user, account.Name is null ? "users" : "serviceaccounts", account.Name ?? name, account.Namespace ?? "", "");
        Array.ForEach(groups, group => Require(user, "groups", group, "", ""));
        foreach (var (key, values) in extra)
        {
            values.ToList().ForEach(value => Require(user, "userextras", value, "", key));
        }

        if (uid.Length > 0)
        {
            Require(user, "uids", uid, "", "");
        }

        return new UserInfo
        {
            Username = name,
            Uid = uid.Length == 0 ? null : uid,
            Groups = GroupsOf(name, groups, account.Namespace),
            Extra = extra.Count == 0 ? null : extra,
        };
    }

    private static IReadOnlyList<string> GroupsOf(string name, string[] groups, string? accountNamespace)
    {
        IEnumerable<string> own = groups.Length == 0 && accountNamespace is not null ? ["system:serviceaccounts", $"system:serviceaccounts:{accountNamespace}"] : groups;
        return [.. own, .. name == Anonymous || groups.Contains(Authenticated) ? [] : (string[])[Authenticated]];
    }

    private void Require(UserInfo user, string resource, string name, string ns, string subresource) => authorizer.Require(new AccessAttributes
    {
        User = user,
        Verb = "impersonate",
        Group = resource is "userextras" or "uids" ? "authentication.k8s.io" : "",
        Resource = resource,
        Subresource = subresource,
        Name = name,
        Namespace = ns,
    });
}
