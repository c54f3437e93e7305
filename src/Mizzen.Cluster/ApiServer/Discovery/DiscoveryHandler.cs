using Microsoft.AspNetCore.Http;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.ApiServer.Requests;

namespace Mizzen.Cluster.ApiServer.Discovery;

/// <summary>Serves <c>/api</c>, <c>/apis</c> and what is below them down to versions.</summary>
internal sealed class DiscoveryHandler(KindRegistry kinds)
{
    private static readonly string[] AggregatedVersions = ["v2", "v2beta1"];

    private DiscoveryDocuments? _documents;

    /// <summary>Answers if the path is one of discovery.</summary>
    /// <returns>Whether it was.</returns>
    public async Task<bool> TryServeAsync(HttpContext http)
    {
        var parts = http.Request.Path.Value!.Trim('/').Split('/');
        if (parts is not (["api" or "apis"] or ["api", _] or ["apis", _] or ["apis", _, _]))
        {
            return false;
        }

        if (!HttpMethods.IsGet(http.Request.Method))
        {
            throw Errors.MethodNotAllowed();
        }

        var documents = Current();
        var (document, contentType) = parts.Length == 1 ? Root(http, documents, parts[0] == "api") : (Below(documents, parts), Answer.Json);
        await SendAsync(http, document ?? throw Errors.NoSuchResource(), contentType);
        return true;
    }

    private DiscoveryDocuments Current()
    {
        var table = kinds.Current;
        var documents = _documents;
        if (documents is null || !ReferenceEquals(documents.Table, table))
        {
            _documents = documents = new DiscoveryDocuments(table);
        }

        return documents;
    }

    private static (DiscoveryDocument Document, string ContentType) Root(HttpContext http, DiscoveryDocuments documents, bool core)
    {
        var accept = http.Request.Headers.Accept.ToString();
        foreach (var version in AggregatedVersions)
        {
            var form = $"g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList";
            if (accept.Contains(form, StringComparison.Ordinal))
            {
                return (documents.Aggregated(core, version), $"{Answer.Json};{form}");
            }
        }

        return (core ? documents.CoreVersions() : documents.GroupList(), Answer.Json);
    }

    private static DiscoveryDocument? Below(DiscoveryDocuments documents, string[] parts) => parts switch
    {
        ["api", var version] => documents.Version("", version),
        ["apis", var group] => documents.Group(group),
        ["apis", var group, var version] => documents.Version(group, version),
        _ => null,
    };

    private static Task SendAsync(HttpContext http, DiscoveryDocument document, string contentType)
    {
        http.Response.Headers.ETag = document.ETag;
        http.Response.Headers.Vary = "Accept";
        if (http.Request.Headers.IfNoneMatch.ToString() == document.ETag)
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        return Answer.BytesAsync(http, StatusCodes.Status200OK, contentType, document.Json);
    }
}
