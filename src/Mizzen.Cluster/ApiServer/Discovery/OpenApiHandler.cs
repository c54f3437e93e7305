using Microsoft.AspNetCore.Http;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.OpenApi;

namespace Mizzen.Cluster.ApiServer.Discovery;

/// <summary>Serves <c>/openapi/v2</c> and <c>/openapi/v3</c> for the kinds that are served now.</summary>
internal sealed class OpenApiHandler(KindRegistry kinds)
{
    private const string Third = "/openapi/v3/";

    private Tuple<KindIndex, OpenApiDocuments>? _made;

    /// <summary>Answers if the path is one of OpenAPI.</summary>
    /// <returns>Whether it was.</returns>
    public async Task<bool> TryServeAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        if (!path.StartsWith("/openapi/v", StringComparison.Ordinal) || path.StartsWith("/openapi/v1", StringComparison.Ordinal))
        {
            return false;
        }

        var document = path switch
        {
            "/openapi/v2" => http.Request.Headers.Accept.ToString().Contains("proto", StringComparison.Ordinal) ? Current().V2Protobuf : Current().V2,
            "/openapi/v3" => Current().V3Index,
            _ when path.StartsWith(Third, StringComparison.Ordinal) => Current().V3(path[Third.Length..]),
            _ => null,
        };
        await SendAsync(http, document ?? throw Errors.NoSuchResource());
        return true;
    }

    private OpenApiDocuments Current()
    {
        var index = kinds.Current;
        var made = _made;
        if (made is null || !ReferenceEquals(made.Item1, index))
        {
            made = Tuple.Create(index, new OpenApiDocuments([.. index.Kinds.Select(kind => new OpenApiKind(kind.Description, kind.Version, kind.Schema))], ServerVersion.Git));
            _made = made;
        }

        return made.Item2;
    }

    private static Task SendAsync(HttpContext http, OpenApiDocument document)
    {
        var tag = $"\"{document.Hash}\"";
        http.Response.Headers.ETag = tag;
        http.Response.Headers.Vary = "Accept";
        if (http.Request.Headers.IfNoneMatch.ToString() == tag)
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        return Answer.BytesAsync(http, StatusCodes.Status200OK, document.ContentType, document.Body);
    }
}
