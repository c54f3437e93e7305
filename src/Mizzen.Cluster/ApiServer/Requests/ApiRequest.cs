using Microsoft.AspNetCore.Http;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.Storage;
using Mizzen.Resources.Authentication;

namespace Mizzen.Cluster.ApiServer.Requests;

/// <summary>One request about a resource, after authentication and routing.</summary>
internal sealed class ApiRequest(HttpContext http, UserInfo user, ServedKind kind, RequestTarget target)
{
    public HttpContext Http { get; } = http;

    public UserInfo User { get; } = user;

    public ServedKind Kind { get; } = kind;

    public RequestTarget Target { get; } = target;

    /// <summary>The namespace; empty for kinds of the whole cluster and for collections of all namespaces.</summary>
    public string Namespace { get; } = kind.Namespaced ? target.Namespace : "";

    /// <exception cref="StatusException">The path names no object.</exception>
    public string Name => Target.Name ?? throw Errors.MethodNotAllowed();

    public ObjectKey Key => new(Namespace, Name);

    public CancellationToken Aborted => Http.RequestAborted;

    public string? Query(string name) => Http.Request.Query.TryGetValue(name, out var values) ? values[^1] : null;

    public bool Flag(string name) => Query(name) is "true" or "1" or "True";

    /// <summary>Tells the client something that is no error (RFC 7234 section 5.5, code 299).</summary>
    public void Warn(string text) => Http.Response.Headers.Append("Warning", $"299 - \"{Quoted(text)}\"");

    private static string Quoted(string text)
    {
        var flat = text.ReplaceLineEndings(" ").Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        return string.Concat(flat.Select(c => c is < ' ' or > '~' ? '?' : c));
    }
}
