using System.Text.Json.Nodes;

namespace Mizzen.Cluster.OpenApi;

/// <summary>OpenAPI v2 of everything: what clients read that do not know the third version, or want it for validation and patches.</summary>
internal sealed class SwaggerDocument(IReadOnlyList<OpenApiKind> kinds, string version)
{
    private readonly Definitions _definitions = new("#/definitions/", wrapReferences: false);

    public JsonObject Write()
    {
        var paths = new JsonObject();
        foreach (var kind in kinds)
        {
            _definitions.Add(kind);
            foreach (var (path, operations) in Operations.Of(kind))
            {
                paths[path] = Path(kind, path, operations);
            }
        }

        return new JsonObject
        {
            ["swagger"] = "2.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = version },
            ["paths"] = paths,
            ["definitions"] = _definitions.ToJson(),
        };
    }

    private JsonObject Path(OpenApiKind kind, string path, IReadOnlyList<Operation> operations)
    {
        var json = new JsonObject(operations.Select(operation => KeyValuePair.Create<string, JsonNode?>(operation.Method, Write(kind, operation))));
        json["parameters"] = new JsonArray([.. Operations.PathParameters(path).Select(PathParameter)]);
        return json;
    }

    private JsonObject Write(OpenApiKind kind, Operation operation)
    {
        var json = operation.Describe(kind);
        json["consumes"] = new JsonArray([.. operation.PatchTypes.DefaultIfEmpty("*/*").Select(type => JsonValue.Create(type))]);
        json["produces"] = new JsonArray("application/json");
        json["parameters"] = new JsonArray([.. Parameters(kind, operation)]);
        json["responses"] = new JsonObject { ["200"] = Response(kind, operation) };
        return json;
    }

    private IEnumerable<JsonNode> Parameters(OpenApiKind kind, Operation operation)
    {
        if (operation.HasBody)
        {
            yield return new JsonObject { ["name"] = "body", ["in"] = "body", ["required"] = true, ["schema"] = BodySchema(kind, operation) };
        }

        foreach (var name in operation.QueryParameters)
        {
            yield return new JsonObject { ["name"] = name, ["in"] = "query", ["type"] = Operation.ParameterType(name), ["uniqueItems"] = true };
        }
    }

    private JsonObject BodySchema(OpenApiKind kind, Operation operation) =>
        operation.PatchTypes.Count > 0 ? new JsonObject { ["type"] = "object" } : _definitions.Reference(kind);

    private JsonObject Response(OpenApiKind kind, Operation operation)
    {
        var response = new JsonObject { ["description"] = "OK" };
        if (operation.Action is not ("list" or "delete"))
        {
            response["schema"] = _definitions.Reference(kind);
        }

        return response;
    }

    private static JsonObject PathParameter(string name) =>
        new() { ["name"] = name, ["in"] = "path", ["required"] = true, ["type"] = "string", ["uniqueItems"] = true };
}
