using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mizzen.Cluster.OpenApi;

/// <summary>
/// OpenAPI v2 as the protobuf message <c>openapi.v2.Document</c> of the gnostic project. The numbers below are its field numbers; vendor
/// extensions and other open values travel as YAML text, of which JSON is a form.
/// </summary>
internal static class SwaggerProtobuf
{
    private static readonly Dictionary<string, int> Methods = new()
    {
        ["get"] = 2,
        ["put"] = 3,
        ["post"] = 4,
        ["delete"] = 5,
        ["options"] = 6,
        ["head"] = 7,
        ["patch"] = 8,
    };

    public static byte[] Write(JsonObject document)
    {
        var message = new ProtobufMessage();
        message.Text(1, Text(document, "swagger"));
        message.Message(2, Info((JsonObject)document["info"]!));
        message.Message(8, Named(document["paths"], 2, PathItem));
        message.Message(9, Named(document["definitions"], 1, Schema));
        return message.ToArray();
    }

    private static ProtobufMessage Info(JsonObject info)
    {
        var message = new ProtobufMessage();
        message.Text(1, Text(info, "title"));
        message.Text(2, Text(info, "version"));
        return message;
    }

    private static ProtobufMessage PathItem(JsonObject path)
    {
        var message = new ProtobufMessage();
        foreach (var (method, operation) in path)
        {
            if (Methods.TryGetValue(method, out var field))
            {
                message.Message(field, Operation((JsonObject)operation!));
            }
        }

        Repeat(message, 9, path["parameters"], ParametersItem);
        return message;
    }

    private static ProtobufMessage Operation(JsonObject operation)
    {
        var message = new ProtobufMessage();
        Texts(message, 6, operation["produces"]);
        Texts(message, 7, operation["consumes"]);
        Repeat(message, 8, operation["parameters"], ParametersItem);
        message.Message(9, Named(operation["responses"], 1, response => Wrap(1, Response(response))));
        Extensions(message, 13, operation);
        return message;
    }

    private static ProtobufMessage Response(JsonObject response)
    {
        var message = new ProtobufMessage();
        message.Text(1, Text(response, "description"));
        if (response["schema"] is JsonObject schema)
        {
            message.Message(2, Wrap(1, Schema(schema)));
        }

        return message;
    }

    private static ProtobufMessage ParametersItem(JsonObject parameter) => Wrap(1, Text(parameter, "in") == "body"
        ? Wrap(1, BodyParameter(parameter))
        : Wrap(2, NonBodyParameter(parameter)));

    private static ProtobufMessage BodyParameter(JsonObject parameter)
    {
        var message = new ProtobufMessage();
        message.Text(2, Text(parameter, "name"));
        message.Text(3, Text(parameter, "in"));
        message.Flag(4, Flag(parameter, "required"));
        message.Message(5, Schema((JsonObject)parameter["schema"]!));
        return message;
    }

    private static ProtobufMessage NonBodyParameter(JsonObject parameter)
    {
        var isPath = Text(parameter, "in") == "path";
        var message = new ProtobufMessage();
        message.Flag(1, Flag(parameter, "required"));
        message.Text(2, Text(parameter, "in"));
        message.Text(4, Text(parameter, "name"));
        message.Text(isPath ? 5 : 6, Text(parameter, "type"));
        message.Flag(isPath ? 19 : 20, Flag(parameter, "uniqueItems"));
        return Wrap(isPath ? 4 : 3, message);
    }

    private static ProtobufMessage Schema(JsonObject schema)
    {
        var message = new ProtobufMessage();
        message.Text(1, Text(schema, "$ref"));
        message.Text(2, Text(schema, "format"));
        message.Text(4, Text(schema, "description"));
        message.Message(5, Any(schema["default"]));
        message.Number(7, (double?)schema["maximum"]);
        message.Number(9, (double?)schema["minimum"]);
        message.Number(11, Whole(schema, "maxLength"));
        message.Number(12, Whole(schema, "minLength"));
        message.Text(13, Text(schema, "pattern"));
        message.Number(14, Whole(schema, "maxItems"));
        message.Number(15, Whole(schema, "minItems"));
        Texts(message, 19, schema["required"]);
        foreach (var value in schema["enum"] as JsonArray ?? [])
        {
            message.Message(20, Any(value));
        }

        SchemaChildren(message, schema);
        Extensions(message, 31, schema);
        return message;
    }

    private static void SchemaChildren(ProtobufMessage message, JsonObject schema)
    {
        if (schema["additionalProperties"] is JsonObject values)
        {
            message.Message(21, Wrap(1, Schema(values)));
        }

        if (Text(schema, "type") is { } type)
        {
            var types = new ProtobufMessage();
            types.Text(1, type);
            message.Message(22, types);
        }

        if (schema["items"] is JsonObject items)
        {
            message.Message(23, Wrap(1, Schema(items)));
        }

        message.Message(25, Named(schema["properties"], 1, Schema));
    }

    private static void Extensions(ProtobufMessage message, int field, JsonObject json)
    {
        foreach (var (name, value) in json.Where(member => member.Key.StartsWith("x-", StringComparison.Ordinal)))
        {
            var named = new ProtobufMessage();
            named.Text(1, name);
            named.Message(2, Any(value));
            message.Message(field, named);
        }
    }

    private static ProtobufMessage? Any(JsonNode? value)
    {
        if (value is null)
        {
            return null;
        }

        var message = new ProtobufMessage();
        message.Text(2, value.ToJsonString());
        return message;
    }

    private static ProtobufMessage? Named(JsonNode? node, int field, Func<JsonObject, ProtobufMessage> value)
    {
        if (node is not JsonObject json)
        {
            return null;
        }

        var message = new ProtobufMessage();
        foreach (var (name, member) in json)
        {
            var named = new ProtobufMessage();
            named.Text(1, name);
            named.Message(2, value((JsonObject)member!));
            message.Message(field, named);
        }

        return message;
    }

    private static void Repeat(ProtobufMessage message, int field, JsonNode? array, Func<JsonObject, ProtobufMessage> item)
    {
        foreach (var member in array as JsonArray ?? [])
        {
            message.Message(field, item((JsonObject)member!));
        }
    }

    private static void Texts(ProtobufMessage message, int field, JsonNode? array)
    {
        foreach (var text in array as JsonArray ?? [])
        {
            message.Text(field, (string?)text);
        }
    }

    private static ProtobufMessage Wrap(int field, ProtobufMessage inner)
    {
        var message = new ProtobufMessage();
        message.Message(field, inner);
        return message;
    }

    private static string? Text(JsonObject json, string name) => json[name] is { } value ? (string?)value : null;

    private static long? Whole(JsonObject json, string name) => json[name] is { } value && value.GetValueKind() == JsonValueKind.Number ? (long)(double)value : null;

    private static bool Flag(JsonObject json, string name) => (bool?)json[name] ?? false;
}
