using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.ApiServer.Protobuf;
using Mizzen.Resources.Reading;

namespace Mizzen.Cluster.ApiServer.Requests;

/// <summary>Bodies of requests as trees, in the media types of Kubernetes: JSON, YAML and protobuf.</summary>
internal static class RequestBody
{
    /// <summary>The largest body, as Kubernetes limits it.</summary>
    public const int Limit = 3 * 1024 * 1024;

    private const string Accepted = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

    /// <summary>The media type without parameters.</summary>
    public static string MediaType(HttpRequest request)
    {
        var type = request.ContentType ?? "";
        var semicolon = type.IndexOf(';', StringComparison.Ordinal);
        return (semicolon < 0 ? type : type[..semicolon]).Trim().ToLowerInvariant();
    }

    /// <summary>The object in the body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="duplicates">Receives the paths of keys that stand twice.</param>
    /// <exception cref="StatusException">The body is too large, of another media type, or no object.</exception>
    public static async Task<JsonObject> ReadObjectAsync(HttpRequest request, List<string> duplicates)
    {
        var bytes = await ReadBytesAsync(request);
        return MediaType(request) switch
        {
            "" or "application/json" or "text/plain" => ParseJson(bytes, duplicates) as JsonObject ?? throw NotAnObject(),
            "application/yaml" or "text/yaml" or "application/x-yaml" => ParseYaml(bytes) as JsonObject ?? throw NotAnObject(),
            "application/vnd.kubernetes.protobuf" => KubernetesProtobuf.Decode(bytes),
            _ => throw Errors.UnsupportedMediaType(Accepted),
        };
    }

    /// <summary>The object in the body, or null when there is no body.</summary>
    public static async Task<JsonObject?> ReadOptionalObjectAsync(HttpRequest request) =>
        request.ContentLength is null or 0 && request.Headers.TransferEncoding.Count == 0 && request.ContentType is null
            ? null
            : await ReadIfAnyAsync(request);

    /// <summary>Parses JSON.</summary>
    /// <exception cref="StatusException">It is not JSON.</exception>
    public static JsonNode? ParseJson(byte[] bytes, List<string> duplicates)
    {
        try
        {
            return StrictJson.Parse(bytes, duplicates);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw Errors.BadRequest("couldn't get version/kind; json parse error: " + e.Message);
        }
    }

    /// <summary>Parses YAML; JSON is YAML as well.</summary>
    /// <exception cref="StatusException">It is not YAML.</exception>
    public static JsonNode? ParseYaml(byte[] bytes)
    {
        try
        {
            return ResourceReader.ReadValue(Encoding.UTF8.GetString(bytes), "body");
        }
        catch (FormatException e)
        {
            throw Errors.BadRequest("error decoding YAML: " + e.Message);
        }
    }

    /// <summary>The whole body.</summary>
    /// <exception cref="StatusException">It is larger than <see cref="Limit"/>.</exception>
    public static async Task<byte[]> ReadBytesAsync(HttpRequest request)
    {
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(request.HttpContext.RequestAborted);
            if (read.Buffer.Length > Limit)
            {
                throw Errors.TooLarge(Limit);
            }

            if (read.IsCompleted)
            {
                return Take(reader, read.Buffer);
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static byte[] Take(PipeReader reader, ReadOnlySequence<byte> body)
    {
        var bytes = body.ToArray();
        reader.AdvanceTo(body.End);
        return bytes;
    }

    private static async Task<JsonObject?> ReadIfAnyAsync(HttpRequest request)
    {
        var bytes = await ReadBytesAsync(request);
        if (bytes.Length == 0)
        {
            return null;
        }

        return MediaType(request) == "application/vnd.kubernetes.protobuf" ? KubernetesProtobuf.Decode(bytes) : ParseJson(bytes, []) as JsonObject;
    }

    private static StatusException NotAnObject() => Errors.BadRequest("the object provided is unrecognized: the body is not an object");
}
