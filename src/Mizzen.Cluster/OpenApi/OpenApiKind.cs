using Mizzen.Resources;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.OpenApi;

/// <summary>One kind in one served version, as the documents describe it.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Version">The version: <c>v1</c>.</param>
/// <param name="Schema">The schema of the objects in that version.</param>
public sealed record OpenApiKind(ResourceKind Kind, string Version, StructuralSchema Schema)
{
    /// <summary>The name of the schema: Kubernetes' for its own kinds, the reversed group for others (<c>io.istio.networking.v1.Gateway</c>).</summary>
    internal string Definition => Schema.Definition is { } own
        ? own[..(own.LastIndexOf('.') + 1)] + Kind.Kind
        : string.Join('.', [.. Kind.Group.Split('.').Reverse(), Version, Kind.Kind]);

    /// <summary>The path of the group and version: <c>api/v1</c>, <c>apis/apps/v1</c>.</summary>
    internal string Root => Kind.Group.Length == 0 ? $"api/{Version}" : $"apis/{Kind.Group}/{Version}";
}

/// <summary>A document that is ready to be sent.</summary>
/// <param name="Body">Its bytes.</param>
/// <param name="ContentType">What they are.</param>
/// <param name="Hash">A hash of the bytes, for ETag and for the query parameter <c>hash</c>.</param>
public sealed record OpenApiDocument(ReadOnlyMemory<byte> Body, string ContentType, string Hash);
