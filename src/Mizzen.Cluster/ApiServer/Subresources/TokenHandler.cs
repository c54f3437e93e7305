using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.ApiServer.Strategies;
using Mizzen.Cluster.Storage;
using Mizzen.Identity.Tokens;

namespace Mizzen.Cluster.ApiServer.Subresources;

/// <summary>Issues tokens of service accounts (<c>authentication.k8s.io/v1</c> TokenRequest).</summary>
internal sealed class TokenHandler(ObjectStore store, ServiceAccountTokenIssuer tokens)
{
    private const long DefaultSeconds = 3600;
    private const long ShortestSeconds = 600;
    private const long LongestSeconds = 365L * 24 * 3600;

    public async Task ServeAsync(ApiRequest request)
    {
        var account = store.Find(request.Kind.Storage, request.Key) ?? throw Errors.NotFound(request.Kind, request.Name);
        var body = await RequestBody.ReadObjectAsync(request.Http.Request, []);
        var spec = body.Ensure("spec");
        if (!spec.Texts("audiences").Any())
        {
            spec["audiences"] = new JsonArray(tokens.Issuer);
        }

        var seconds = Math.Min(spec.Number("expirationSeconds") ?? DefaultSeconds, LongestSeconds);
        if (seconds < ShortestSeconds)
        {
            throw Errors.Invalid("TokenRequest", "authentication.k8s.io", "", [
                new Mizzen.Resources.Schema.FieldError(
                    "spec.expirationSeconds",
                    Mizzen.Resources.Schema.FieldErrorKind.Invalid,
                    $"Invalid value: {seconds}: may not specify a duration less than 10 minutes"),
            ]);
        }

        spec["expirationSeconds"] = seconds;
        var grant = new TokenGrant(request.Namespace, request.Name, account.Uid!, [.. spec.Texts("audiences")], TimeSpan.FromSeconds(seconds));
        var issued = tokens.Issue(Bind(request, grant, spec.Child("boundObjectRef")));
        body["apiVersion"] = "authentication.k8s.io/v1";
        body["kind"] = "TokenRequest";
        body.Metadata()["name"] = request.Name;
        body.Metadata()["namespace"] = request.Namespace;
        body["status"] = new JsonObject { ["token"] = issued.Token, ["expirationTimestamp"] = ObjectState.Time(issued.ExpiresAt) };
        await Answer.ObjectAsync(request.Http, StatusCodes.Status201Created, body);
    }

    private TokenGrant Bind(ApiRequest request, TokenGrant grant, JsonObject? reference)
    {
        if (reference is null)
        {
            return grant;
        }

        if (reference.Text("kind") != "Pod")
        {
            throw Errors.BadRequest($"spec.boundObjectRef.kind \"{reference.Text("kind")}\" is not supported: tokens are bound to pods");
        }

        var name = reference.Text("name") ?? "";
        var pod = store.Find(PodStrategy.Resource, new ObjectKey(request.Namespace, name)) ?? throw Errors.NotFound("", "pods", name);
        if (reference.Text("uid") is { Length: > 0 } uid && uid != pod.Uid)
        {
            throw Errors.Refusal(409, "Conflict", $"the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated", null);
        }

        return grant with { PodName = name, PodUid = pod.Uid, NodeName = pod.ToNode().Child("spec").Text("nodeName") };
    }
}
