using Microsoft.AspNetCore.Http;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Resources.Authentication;

namespace Mizzen.Cluster.ApiServer.Authorization;

/// <summary>What somebody wants to do (Kubernetes API, "Request verbs and authorization").</summary>
internal sealed record AccessAttributes
{
    public required UserInfo User { get; init; }

    /// <summary>get, list, watch, create, update, patch, delete, deletecollection, or a verb that only roles know.</summary>
    public required string Verb { get; init; }

    public string Group { get; init; } = "";

    public string Resource { get; init; } = "";

    public string Subresource { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>Empty for the whole cluster.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>The path of a request that is about no resource; else null.</summary>
    public string? Path { get; init; }

    /// <summary>How roles name the resource: with its subresource.</summary>
    public string QualifiedResource => Subresource.Length == 0 ? Resource : $"{Resource}/{Subresource}";

    /// <summary>A request to a path.</summary>
    public static AccessAttributes OfPath(HttpContext http, UserInfo user) =>
        new() { User = user, Verb = http.Request.Method.ToLowerInvariant() is "head" ? "get" : http.Request.Method.ToLowerInvariant(), Path = http.Request.Path.Value };

    /// <summary>A request about a resource. What comes after a proxy's name belongs to whoever is behind it.</summary>
    public static AccessAttributes OfResource(HttpContext http, UserInfo user, RequestTarget target) => new()
    {
        User = user,
        Verb = VerbOf(http.Request, target),
        Group = target.Group,
        Resource = target.Plural,
        Subresource = target.Subresource?.Split('/')[0] ?? "",
        Name = target.Name ?? "",
        // A namespace is inside itself, so that a role in it can be about it.
        Namespace = target is { Group: "", Plural: "namespaces", Name: { } self } ? self : target.Namespace,
    };

    private static string VerbOf(HttpRequest request, RequestTarget target) => request.Method switch
    {
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => target.Name is null ? "deletecollection" : "delete",
        _ when request.Query["watch"] is [.., "true" or "1" or "True"] => "watch",
        _ => target.Name is null ? "list" : "get",
    };
}
