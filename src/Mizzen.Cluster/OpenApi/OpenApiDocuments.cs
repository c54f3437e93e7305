using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Mizzen.Resources;

namespace Mizzen.Cluster.OpenApi;

/// <summary>
/// The OpenAPI documents of a set of kinds: what kubectl reads for <c>explain</c>, for the validation of fields and for its patches. Each is
/// made when it is first asked for; a new set of kinds is a new instance.
/// </summary>
public sealed class OpenApiDocuments
{
    private const string Json = "application/json";
    // Clients ask for …spec.v2@v1.0; the answer has no @, because older ones cannot parse it (kube-openapi, handler).
    private const string Protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    private readonly Lazy<JsonObject> _swagger;
    private readonly Lazy<OpenApiDocument> _v2;
    private readonly Lazy<OpenApiDocument> _v2Protobuf;
    private readonly Lazy<OpenApiDocument> _index;
    private readonly Dictionary<string, Lazy<OpenApiDocument>> _groups;

    /// <summary>Documents for these kinds.</summary>
    /// <param name="kinds">Every kind in every version that is served.</param>
    /// <param name="version">The version of Kubernetes that the server calls itself: <c>v1.32.5</c>.</param>
    public OpenApiDocuments(IReadOnlyList<OpenApiKind> kinds, string version)
    {
        _swagger = new(() => new SwaggerDocument(kinds, version).Write());
        _v2 = new(() => Seal(ResourceJson.SerializeToUtf8Bytes(_swagger.Value), Json));
        _v2Protobuf = new(() => Seal(SwaggerProtobuf.Write(_swagger.Value), Protobuf));
        _groups = kinds.GroupBy(kind => kind.Root).ToDictionary(
            group => group.Key,
            group => new Lazy<OpenApiDocument>(() => Seal(ResourceJson.SerializeToUtf8Bytes(new GroupDocument([.. group], version).Write()), Json)));
        _index = new(() => Seal(ResourceJson.SerializeToUtf8Bytes(Index()), Json));
    }

    /// <summary><c>/openapi/v2</c> as JSON.</summary>
    public OpenApiDocument V2 => _v2.Value;

    /// <summary><c>/openapi/v2</c> as the protobuf that kubectl prefers.</summary>
    public OpenApiDocument V2Protobuf => _v2Protobuf.Value;

    /// <summary><c>/openapi/v3</c>: where the document of each group and version is.</summary>
    public OpenApiDocument V3Index => _index.Value;

    /// <summary>The document of a group and version, or null when it is not served.</summary>
    /// <param name="root">What follows <c>/openapi/v3/</c>: <c>api/v1</c>, <c>apis/apps/v1</c>.</param>
    public OpenApiDocument? V3(string root) => _groups.GetValueOrDefault(root)?.Value;

    private JsonObject Index()
    {
        var paths = new JsonObject();
        foreach (var (root, document) in _groups)
        {
            paths[root] = new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{root}?hash={document.Value.Hash}" };
        }

        return new JsonObject { ["paths"] = paths };
    }

    private static OpenApiDocument Seal(byte[] body, string contentType) => new(body, contentType, Convert.ToHexString(SHA256.HashData(body)));
}
