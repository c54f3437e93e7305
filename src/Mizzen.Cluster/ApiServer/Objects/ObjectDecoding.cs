using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Objects;

/// <summary>From what a client sent to an object of the kind that the path names.</summary>
internal static class ObjectDecoding
{
    /// <summary>Reads the body and checks it against kind and path.</summary>
    /// <exception cref="StatusException">The body is of another kind, for another object, or has fields that strict validation refuses.</exception>
    public static async Task<JsonObject> ReadAsync(ApiRequest request, WriteOptions options)
    {
        var duplicates = new List<string>();
        var node = await RequestBody.ReadObjectAsync(request.Http.Request, duplicates);
        RequireKind(request.Kind, node);
        CheckFields(request, options, node, duplicates);
        RequirePlace(request, node);
        return node;
    }

    /// <summary>Tells or refuses repeated and unknown fields, and refuses values of another type.</summary>
    public static void CheckFields(ApiRequest request, WriteOptions options, JsonObject node, IReadOnlyList<string> duplicates)
    {
        var kind = request.Kind;
        string[] problems =
        [
            .. SchemaValidation.UnknownFields(kind.Schema, node).Select(path => $"unknown field \"{path}\""),
            .. duplicates.Select(path => $"duplicate field \"{path}\""),
        ];
        if (options.FieldValidation == FieldValidation.Strict && problems.Length > 0)
        {
            throw Errors.BadRequest($"{CannotHandle(kind)}: strict decoding error: {string.Join(", ", problems)}");
        }

        if (options.FieldValidation == FieldValidation.Warn)
        {
            foreach (var problem in problems)
            {
                request.Warn(problem);
            }
        }

        RequireTypes(kind, node);
    }

    /// <summary>A built-in kind with a value of another type cannot even be read; of custom kinds validation says it.</summary>
    public static void RequireTypes(ServedKind kind, JsonObject node)
    {
        if (kind.BuiltIn && DecodingError.Find(kind.Schema, node) is { } wrong)
        {
            throw Errors.BadRequest($"{CannotHandle(kind)}: {wrong}");
        }
    }

    /// <summary>Sets apiVersion and kind where they are absent; they may not be others than the path's.</summary>
    public static void RequireKind(ServedKind kind, JsonObject node)
    {
        var apiVersion = node.Text("apiVersion");
        var name = node.Text("kind");
        if ((!string.IsNullOrEmpty(apiVersion) && apiVersion != kind.ApiVersion) || (!string.IsNullOrEmpty(name) && name != kind.Kind))
        {
            throw Errors.BadRequest(
                $"{name} in version \"{apiVersion}\" cannot be handled as a {kind.Kind}: the path is that of {kind.ApiVersion} {kind.Kind}");
        }

        node["apiVersion"] = kind.ApiVersion;
        node["kind"] = kind.Kind;
    }

    private static void RequirePlace(ApiRequest request, JsonObject node)
    {
        var metadata = node.Metadata();
        var ns = metadata.Text("namespace") ?? "";
        if (ns.Length > 0 && ns != request.Namespace)
        {
            throw Errors.BadRequest(
                request.Kind.Namespaced
                    ? $"the namespace of the provided object does not match the namespace sent on the request ({ns} and {request.Namespace})"
                    : $"{request.Kind.Kind} is a kind of the whole cluster: metadata.namespace must be absent");
        }

        var name = metadata.Text("name") ?? "";
        if (request.Target.Name is { } wanted && name.Length > 0 && name != wanted)
        {
            throw Errors.BadRequest($"the name of the object ({name}) does not match the name on the URL ({wanted})");
        }
    }

    private static string CannotHandle(ServedKind kind) => $"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}";
}
