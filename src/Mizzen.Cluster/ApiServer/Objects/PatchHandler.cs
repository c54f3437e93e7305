using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.Patching;
using Mizzen.Cluster.Storage;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Objects;

/// <summary>The four kinds of patch, on any object that <see cref="ObjectWriter"/> can write.</summary>
internal sealed class PatchHandler(ObjectStore store, ObjectWriter writer, TimeProvider clock)
{
    private const string ApplyType = "application/apply-patch+yaml";

    private const string Accepted =
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";

    /// <summary>Patches an object; an apply creates it where it is not there.</summary>
    /// <returns>The object, and whether it is new.</returns>
    /// <exception cref="StatusException">The patch does not fit, or the object may not become what it says.</exception>
    public async Task<(StoredObject Object, bool Created)> PatchAsync(ApiRequest request, WriteScope scope)
    {
        var options = WriteOptions.Read(request, "PatchOptions");
        var body = await RequestBody.ReadBytesAsync(request.Http.Request);
        if (RequestBody.MediaType(request.Http.Request) == ApplyType)
        {
            return await ApplyAsync(request, scope, options with { IsApply = true }, body);
        }

        if (request.Query("force") is not null)
        {
            throw InvalidOption("force", FieldErrorKind.Forbidden, "Forbidden: may not be specified for non-apply patch");
        }

        var change = ChangeOf(request, body);
        var patched = await writer.UpdateAsync(request, scope, options, node => Checked(request, options, change(node)));
        return (patched, false);
    }

    /// <summary>The change that a patch of the request's media type makes to a tree.</summary>
    /// <exception cref="StatusException">The media type is not one of patches, or the body is not what it says.</exception>
    public static Func<JsonObject, JsonObject> ChangeOf(ApiRequest request, byte[] body)
    {
        var type = RequestBody.MediaType(request.Http.Request);
        var patch = type is "application/json-patch+json" or "application/merge-patch+json" or "application/strategic-merge-patch+json"
            ? RequestBody.ParseJson(body, [])
            : throw Errors.UnsupportedMediaType(Accepted);
        return type switch
        {
            "application/json-patch+json" => Guarded(request, node => JsonPatch.Apply(node, patch as JsonArray ?? throw Malformed("a JSON patch is a list of operations"))),
            "application/merge-patch+json" => Guarded(request, node => MergePatch.Apply(node, patch as JsonObject ?? throw Malformed("a merge patch is an object"))),
            _ when request.Kind.BuiltIn => Guarded(
                request, node => StrategicMergePatch.Apply(node, patch as JsonObject ?? throw Malformed("a strategic merge patch is an object"), request.Kind.Schema)),
            _ => throw Errors.UnsupportedMediaType(Accepted),
        };
    }

    private async Task<(StoredObject Object, bool Created)> ApplyAsync(ApiRequest request, WriteScope scope, WriteOptions options, byte[] body)
    {
        if (string.IsNullOrEmpty(request.Query("fieldManager")))
        {
            throw InvalidOption("fieldManager", FieldErrorKind.Required, "Required value: is required for apply patch");
        }

        var applied = RequestBody.ParseYaml(body) as JsonObject ?? throw Errors.BadRequest("what is applied is not an object");
        RequireIdentity(request, applied);
        ObjectDecoding.CheckFields(request, options, applied, []);
        if (scope == WriteScope.Object && store.Find(request.Kind.Storage, request.Key) is null)
        {
            var created = Guard(request, () => FieldOwnership.Apply(request, scope, null, applied, options, clock.GetUtcNow()));
            return (await writer.CreateAsync(request, created, options), true);
        }

        var change = Guarded(request, node => FieldOwnership.Apply(request, scope, node, applied, options, clock.GetUtcNow()));
        return (await writer.UpdateAsync(request, scope, options, change), false);
    }

    private static void RequireIdentity(ApiRequest request, JsonObject applied)
    {
        if (string.IsNullOrEmpty(applied.Text("apiVersion")) || string.IsNullOrEmpty(applied.Text("kind")))
        {
            throw Errors.BadRequest("what is applied has no apiVersion and kind");
        }

        ObjectDecoding.RequireKind(request.Kind, applied);
        var metadata = applied.Metadata();
        if ((metadata.Text("name") ?? request.Name) != request.Name)
        {
            throw Errors.BadRequest($"the name of the object ({metadata.Text("name")}) does not match the name on the URL ({request.Name})");
        }

        metadata["name"] = request.Name;
    }

    // What a patch brings in is checked like what a body brings in.
    private static JsonObject Checked(ApiRequest request, WriteOptions options, JsonObject node)
    {
        ObjectDecoding.CheckFields(request, options, node, []);
        return node;
    }

    private static Func<JsonObject, JsonObject> Guarded(ApiRequest request, Func<JsonObject, JsonNode?> change) => node =>
        Guard(request, () => change(node) as JsonObject ?? throw new PatchException(422, "the patch leaves no object"));

    private static JsonObject Guard(ApiRequest request, Func<JsonObject> change)
    {
        try
        {
            return change();
        }
        catch (PatchException e) when (e.Code == 422)
        {
            // The words of Kubernetes, with the reason that it keeps to itself as the cause.
            throw Errors.Refusal(422, "Invalid", "the server rejected our request due to an error in our request", new StatusDetails
            {
                Name = request.Target.Name,
                Kind = request.Kind.Plural,
                Causes = [new StatusCause { Message = e.Message }],
            });
        }
        catch (PatchException e)
        {
            throw Errors.Refusal(e.Code, e.Code == 413 ? "RequestEntityTooLarge" : "BadRequest", e.Message, null);
        }
    }

    private static StatusException Malformed(string message) => Errors.BadRequest(message);

    private static StatusException InvalidOption(string field, FieldErrorKind kind, string message) =>
        Errors.Invalid("PatchOptions", "meta.k8s.io", "", [new FieldError(field, kind, message)]);
}
