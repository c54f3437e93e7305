using System.Text.Json.Nodes;

namespace Mizzen.Cluster.OpenApi;

/// <summary>OpenAPI v3 of one group and version.</summary>
internal sealed class GroupDocument(IReadOnlyList<OpenApiKind> kinds, string version)
{
    private const string Json = "application/json";
    private readonly Definitions _schemas = new("#/components/schemas/", wrapReferences: true);

    public JsonObject Write()
    {
        var paths = new JsonObject();
        foreach (var kind in kinds)
        {
            _schemas.Add(kind);
            foreach (var (path, operations) in Operations.Of(kind))
            {
                paths[path] = Path(kind, path, operations);
            }
        }

        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = version },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = _schemas.ToJson() },
        };
    }

    private JsonObject Path(OpenApiKind kind, string path, IReadOnlyList<Operation> operations)
    {
        var json = new JsonObject(operations.Select(operation => KeyValuePair.Create<string, JsonNode?>(operation.Method, Write(kind, operation))));
        json["parameters"] = new JsonArray([.. Operations.PathParameters(path).Select(name => Parameter(name, "path", "string"))]);
        return json;
    }

    private JsonObject Write(OpenApiKind kind, Operation operation)
    {
        var json = operation.Describe(kind);
        json["parameters"] = new JsonArray([.. operation.QueryParameters.Select(name => Parameter(name, "query", Operation.ParameterType(name)))]);
        if (operation.HasBody)
        {
            json["requestBody"] = new JsonObject { ["content"] = Body(kind, operation), ["required"] = true };
        }

        json["responses"] = new JsonObject
        {
            ["200"] = new JsonObject
            {
                ["description"] = "OK",
                ["content"] = new JsonObject { [Json] = operation.Action is "list" or "delete" ? new JsonObject() : Schema(kind) },
            },
        };
        return json;
    }

    private JsonObject Body(OpenApiKind kind, Operation operation) => operation.PatchTypes.Count == 0
        ? new JsonObject { [Json] = Schema(kind) }
        : new JsonObject(operation.PatchTypes.Select(type => KeyValuePair.Create<string, JsonNode?>(type, new JsonObject())));

    private JsonObject Schema(OpenApiKind kind) => new() { ["schema"] = _schemas.Reference(kind) };

    private static JsonObject Parameter(string name, string place, string type)
    {
        var parameter = new JsonObject { ["name"] = name, ["in"] = place, ["schema"] = new JsonObject { ["type"] = type } };
        if (place == "path")
        {
            parameter["required"] = true;
        }

        return parameter;
    }
}
