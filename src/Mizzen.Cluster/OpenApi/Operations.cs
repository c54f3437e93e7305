using System.Text.Json.Nodes;
using Mizzen.Resources;

namespace Mizzen.Cluster.OpenApi;

/// <summary>The paths of a kind, and what can be done there.</summary>
internal static class Operations
{
    public static readonly string[] WriteParameters = ["dryRun", "fieldManager", "fieldValidation"];

    /// <summary>The collection and the single object, each with its operations.</summary>
    public static IEnumerable<(string Path, IReadOnlyList<Operation> Operations)> Of(OpenApiKind kind)
    {
        var scope = kind.Kind.Namespaced ? "/namespaces/{namespace}" : "";
        var collection = $"/{kind.Root}{scope}/{kind.Kind.Plural}";
        yield return (collection, [new("get", "list", []), new("post", "post", WriteParameters)]);
        yield return (collection + "/{name}", ItemOperations(kind.Kind));
        foreach (var name in Subresources(kind.Kind))
        {
            yield return ($"{collection}/{{name}}/{name}", [new("get", "get", []), new("put", "put", WriteParameters), Patch(kind.Kind)]);
        }
    }

    /// <summary>The placeholders of a path.</summary>
    public static IEnumerable<string> PathParameters(string path) =>
        path.Split('/').Where(part => part.StartsWith('{')).Select(part => part[1..^1]);

    private static Operation[] ItemOperations(ResourceKind kind) =>
        [new("get", "get", []), new("put", "put", WriteParameters), Patch(kind), new("delete", "delete", ["dryRun", "propagationPolicy"])];

    private static Operation Patch(ResourceKind kind) => new("patch", "patch", [.. WriteParameters, "force"])
    {
        PatchTypes =
        [
            "application/json-patch+json",
            "application/merge-patch+json",
            .. kind.BuiltIn ? ["application/strategic-merge-patch+json"] : Array.Empty<string>(),
            "application/apply-patch+yaml",
        ],
    };

    // The scale of a kind is an object of another kind and is not described here.
    private static IEnumerable<string> Subresources(ResourceKind kind) => kind.HasStatus ? ["status"] : [];
}

/// <summary>One operation of a path.</summary>
/// <param name="Method">The HTTP method in small letters.</param>
/// <param name="Action">What Kubernetes calls it.</param>
/// <param name="QueryParameters">The query parameters that clients look for.</param>
internal sealed record Operation(string Method, string Action, IReadOnlyList<string> QueryParameters)
{
    /// <summary>The content types that a patch takes.</summary>
    public IReadOnlyList<string> PatchTypes { get; init; } = [];

    public bool HasBody => Method is "post" or "put" or "patch";

    public static string ParameterType(string name) => name == "force" ? "boolean" : "string";

    public JsonObject Describe(OpenApiKind kind) => new()
    {
        ["x-kubernetes-action"] = Action,
        ["x-kubernetes-group-version-kind"] = Definitions.GroupVersionKind(kind),
    };
}
