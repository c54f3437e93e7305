using System.Globalization;
using System.Text.Json.Nodes;

namespace Mizzen.Cluster.ApiServer.Protobuf;

/// <summary>
/// Objects in Kubernetes' protobuf envelope: four bytes <c>k8s\0</c>, then <c>runtime.Unknown</c> with apiVersion, kind and the
/// object. What the table does not know is refused, never dropped.
/// </summary>
internal static class KubernetesProtobuf
{
    private const int DeepestNesting = 32;

    /// <summary>The object as a tree.</summary>
    /// <exception cref="StatusException">The body is damaged, or has a kind or field that the server only takes as JSON.</exception>
    public static JsonObject Decode(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith("k8s\0"u8))
        {
            throw Errors.BadRequest("the body is not in Kubernetes' protobuf format");
        }

        try
        {
            return DecodeEnvelope(body[4..]);
        }
        catch (FormatException e)
        {
            throw Errors.BadRequest("error decoding protobuf: " + e.Message);
        }
    }

    private static JsonObject DecodeEnvelope(ReadOnlySpan<byte> envelope)
    {
        string apiVersion = "", kind = "";
        ReadOnlySpan<byte> raw = default;
        var reader = new WireReader(envelope);
        while (!reader.AtEnd)
        {
            reader.Read(out var field, out _, out var bytes);
            if (field == 1)
            {
                (apiVersion, kind) = DecodeTypeMeta(bytes);
            }
            else if (field == 2)
            {
                raw = bytes;
            }
        }

        var json = new JsonObject { ["apiVersion"] = apiVersion, ["kind"] = kind };
        DecodeInto(json, kind, raw, 0);
        return json;
    }

    private static (string ApiVersion, string Kind) DecodeTypeMeta(ReadOnlySpan<byte> bytes)
    {
        string apiVersion = "", kind = "";
        var reader = new WireReader(bytes);
        while (!reader.AtEnd)
        {
            reader.Read(out var field, out _, out var value);
            if (field == 1)
            {
                apiVersion = WireReader.Text(value);
            }
            else
            {
                kind = WireReader.Text(value);
            }
        }

        return (apiVersion, kind);
    }

    private static void DecodeInto(JsonObject json, string message, ReadOnlySpan<byte> bytes, int depth)
    {
        var fields = MessageTable.Find(message) ?? throw new FormatException($"a {message} is only taken as JSON: send Content-Type application/json");
        if (depth > DeepestNesting)
        {
            throw new FormatException("nested too deep");
        }

        var reader = new WireReader(bytes);
        while (!reader.AtEnd)
        {
            reader.Read(out var number, out var scalar, out var value);
            if (!fields.TryGetValue(number, out var field))
            {
                throw new FormatException($"field {number} of {message} is only taken as JSON: send Content-Type application/json");
            }

            Add(json, field, scalar, value, depth);
        }
    }

    private static void Add(JsonObject json, MessageField field, ulong number, ReadOnlySpan<byte> bytes, int depth)
    {
        if (field.Type == "skip")
        {
            return;
        }

        if (field.Name == "^")
        {
            DecodeInto(json, field.Type, bytes, depth + 1);
            return;
        }

        if (field.Map)
        {
            var map = json[field.Name] as JsonObject ?? [];
            json[field.Name] = map;
            AddEntry(map, field.Type, bytes, depth);
            return;
        }

        var value = Value(field.Type, number, bytes, depth);
        if (field.Repeated)
        {
            var list = json[field.Name] as JsonArray ?? [];
            json[field.Name] = list;
            list.Add(value);
        }
        else if (value is not null && (field.Pointer || !IsEmpty(value)))
        {
            json[field.Name] = value;
        }
    }

    private static void AddEntry(JsonObject map, string type, ReadOnlySpan<byte> bytes, int depth)
    {
        var key = "";
        JsonNode? value = "";
        var reader = new WireReader(bytes);
        while (!reader.AtEnd)
        {
            reader.Read(out var field, out var number, out var part);
            if (field == 1)
            {
                key = WireReader.Text(part);
            }
            else
            {
                value = Value(type, number, part, depth);
            }
        }

        map[key] = value;
    }

    private static JsonNode? Value(string type, ulong number, ReadOnlySpan<byte> bytes, int depth)
    {
        switch (type)
        {
            case "string":
                return WireReader.Text(bytes);
            case "bytes":
                return Convert.ToBase64String(bytes);
            case "bool":
                return number != 0;
            case "int":
                return (long)number;
            default:
                var json = new JsonObject();
                DecodeInto(json, type, bytes, depth + 1);
                return Scalar(type, json);
        }
    }

    // Messages that JSON writes as one value.
    private static JsonNode? Scalar(string type, JsonObject json) => type switch
    {
        "Time" => json["seconds"] is { } seconds
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            : null,
        "Quantity" => json["string"]?.DeepClone() ?? "0",
        "IntOrString" => json["type"] is null ? json["intVal"]?.DeepClone() ?? 0 : json["strVal"]?.DeepClone() ?? "",
        _ => json,
    };

    private static bool IsEmpty(JsonNode value) => value.GetValueKind() switch
    {
        System.Text.Json.JsonValueKind.String => ((string)value!).Length == 0,
        System.Text.Json.JsonValueKind.Number => (long)value == 0,
        System.Text.Json.JsonValueKind.False => true,
        System.Text.Json.JsonValueKind.Object => ((JsonObject)value).Count == 0,
        _ => false,
    };
}
