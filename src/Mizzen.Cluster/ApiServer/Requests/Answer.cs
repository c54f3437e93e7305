using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Mizzen.Cluster.Storage;
using Mizzen.Resources;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.ApiServer.Requests;

/// <summary>Writes answers.</summary>
internal static class Answer
{
    public const string Json = "application/json";

    public static Task ObjectAsync(HttpContext http, int code, JsonNode node) => BytesAsync(http, code, Json, JsonBytes.Of(node));

    public static Task StatusAsync(HttpContext http, Status status) =>
        BytesAsync(http, status.Code ?? StatusCodes.Status200OK, Json, ResourceJson.SerializeToUtf8Bytes(status));

    public static Task TextAsync(HttpContext http, int code, string text) =>
        BytesAsync(http, code, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text));

    public static async Task BytesAsync(HttpContext http, int code, string contentType, ReadOnlyMemory<byte> body)
    {
        var response = http.Response;
        response.StatusCode = code;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-cache, private";
        await response.BodyWriter.WriteAsync(body, http.RequestAborted);
    }
}
