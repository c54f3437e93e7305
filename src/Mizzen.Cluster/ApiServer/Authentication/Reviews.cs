using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Identity.Tokens;
using Mizzen.Resources;
using Mizzen.Resources.Authentication;

namespace Mizzen.Cluster.ApiServer.Authentication;

/// <summary>
/// Questions that are posted like objects and answered at once, stored nowhere: TokenReview, SelfSubjectReview and the access
/// reviews, which say yes because everybody who is known is allowed everything (docs/decisions/0005).
/// </summary>
internal sealed class Reviews(Authenticator authenticator)
{
    private const string Why = "whoever is authenticated is allowed: this cluster does not evaluate RBAC";

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
            "SelfSubjectRulesReview" => Rules(),
            _ => new JsonObject { ["allowed"] = true, ["reason"] = Why },
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

    private static JsonObject Rules() => new()
    {
        ["resourceRules"] = new JsonArray(new JsonObject { ["verbs"] = new JsonArray("*"), ["apiGroups"] = new JsonArray("*"), ["resources"] = new JsonArray("*") }),
        ["nonResourceRules"] = new JsonArray(new JsonObject { ["verbs"] = new JsonArray("*"), ["nonResourceURLs"] = new JsonArray("*") }),
        ["incomplete"] = false,
    };
}
