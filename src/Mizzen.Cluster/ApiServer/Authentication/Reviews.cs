using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Mizzen.Cluster.ApiServer.Authorization;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Identity.Tokens;
using Mizzen.Resources;
using Mizzen.Resources.Authentication;

namespace Mizzen.Cluster.ApiServer.Authentication;

/// <summary>
/// Questions that are posted like objects and answered at once, stored nowhere: TokenReview, SelfSubjectReview and the access reviews.
/// </summary>
internal sealed class Reviews(Authenticator authenticator, RoleAuthorizer authorizer)
{
    /// <summary>The kinds, for discovery: group, plural, kind, namespaced.</summary>
    public static readonly (string Group, string Plural, string Kind, bool Namespaced)[] Kinds =
    [
        ("authentication.k8s.io", "tokenreviews", "TokenReview", false),
        ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview", false),
        ("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false),
        ("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview", false),
        ("authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview", false),
        ("authorization.k8s.io", "localsubjectaccessreviews", "LocalSubjectAccessReview", true),
    ];

    public static string? KindOf(RequestTarget target) =>
        target.Version == "v1" ? Kinds.FirstOrDefault(kind => kind.Group == target.Group && kind.Plural == target.Plural).Kind : null;

    /// <summary>Answers a review.</summary>
    public async Task ServeAsync(HttpContext http, UserInfo user, RequestTarget target, string kind)
    {
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            throw Errors.MethodNotAllowed();
        }

        var review = await RequestBody.ReadObjectAsync(http.Request, []);
        review["apiVersion"] = $"{target.Group}/{target.Version}";
        review["kind"] = kind;
        review.Metadata().Default("creationTimestamp", null);
        review["status"] = kind switch
        {
            "TokenReview" => ReviewToken(review.Child("spec")),
            "SelfSubjectReview" => new JsonObject { ["userInfo"] = ResourceJson.ToNode(user) },
            "SelfSubjectRulesReview" => Rules(user, review.Child("spec").Text("namespace") ?? ""),
            "SelfSubjectAccessReview" => Decide(user, review.Child("spec")),
            _ => Decide(SubjectOf(review.Child("spec")), review.Child("spec")),
        };
        await Answer.ObjectAsync(http, StatusCodes.Status201Created, review);
    }

    private JsonObject ReviewToken(JsonObject? spec)
    {
        try
        {
            var (user, audiences) = authenticator.Verify(spec.Text("token") ?? "", [.. spec.Texts("audiences")]);
            return new JsonObject
            {
                ["authenticated"] = true,
                ["user"] = ResourceJson.ToNode(user),
                ["audiences"] = new JsonArray([.. audiences.Select(audience => JsonValue.Create(audience))]),
            };
        }
        catch (InvalidTokenException e)
        {
            return new JsonObject { ["authenticated"] = false, ["user"] = new JsonObject(), ["error"] = e.Message };
        }
    }

    private JsonObject Decide(UserInfo user, JsonObject? spec)
    {
        var (allowed, reason) = authorizer.Decide(Wanted(user, spec));
        var status = new JsonObject { ["allowed"] = allowed };
        if (reason.Length > 0)
        {
            status["reason"] = reason;
        }

        return status;
    }

    private static AccessAttributes Wanted(UserInfo user, JsonObject? spec)
    {
        if (spec.Child("nonResourceAttributes") is { } path)
        {
            return new AccessAttributes { User = user, Verb = path.Text("verb") ?? "", Path = path.Text("path") ?? "" };
        }

        var resource = spec.Child("resourceAttributes")
            ?? throw Errors.BadRequest("spec.resourceAttributes: Invalid value: \"null\": exactly one of nonResourceAttributes or resourceAttributes must be specified");
        return new AccessAttributes
        {
            User = user,
            Verb = resource.Text("verb") ?? "",
            Group = resource.Text("group") ?? "",
            Resource = resource.Text("resource") ?? "",
            Subresource = resource.Text("subresource") ?? "",
            Name = resource.Text("name") ?? "",
            Namespace = resource.Text("namespace") ?? "",
        };
    }

    private static UserInfo SubjectOf(JsonObject? spec)
    {
        string[] groups = [.. spec.Texts("groups")];
        return spec.Text("user") is { Length: > 0 } user
            ? new UserInfo { Username = user, Groups = groups }
            : groups.Length > 0
                ? new UserInfo { Username = "", Groups = groups }
                : throw Errors.BadRequest("spec.user: Invalid value: \"\": at least one of user or group must be specified");
    }

    private JsonObject Rules(UserInfo user, string ns)
    {
        var rules = authorizer.RulesOf(user, ns);
        return new JsonObject
        {
            ["resourceRules"] = new JsonArray([.. rules.Where(rule => rule.Resources is { Count: > 0 }).Select(rule => ResourceJson.ToNode(rule))]),
            ["nonResourceRules"] = new JsonArray([.. rules.Where(rule => rule.NonResourceUrls is { Count: > 0 }).Select(rule => ResourceJson.ToNode(rule))]),
            ["incomplete"] = false,
        };
    }
}
