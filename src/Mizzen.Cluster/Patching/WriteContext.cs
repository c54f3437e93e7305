using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Patching;

/// <summary>Who writes what, for the bookkeeping of field ownership.</summary>
/// <param name="Manager">The field manager: the query parameter <c>fieldManager</c>, else the first part of the User-Agent.</param>
/// <param name="Schema">The schema of the object.</param>
/// <param name="ApiVersion">The version of the request: <c>apps/v1</c>.</param>
/// <param name="Now">The time of the write.</param>
/// <param name="Subresource">The subresource that is written, for example <c>status</c>; null for the object itself.</param>
public sealed record WriteContext(string Manager, StructuralSchema Schema, string ApiVersion, DateTimeOffset Now, string? Subresource = null)
{
    /// <summary>
    /// The fields at the root that this request cannot write and therefore cannot own: <c>status</c> for a kind whose status is a
    /// subresource, <c>spec</c> for its status.
    /// </summary>
    public IReadOnlyList<string> ResetFields { get; init; } = [];
}

/// <summary>Who applies what.</summary>
/// <param name="Manager">The field manager, which every apply must name.</param>
/// <param name="Force">Whether fields of other managers are taken over instead of refused.</param>
/// <param name="Schema">The schema of the object.</param>
/// <param name="ApiVersion">The version of the request: <c>apps/v1</c>.</param>
/// <param name="Now">The time of the write.</param>
/// <param name="Subresource">The subresource that is applied to; null for the object itself.</param>
public sealed record ApplyContext(
    string Manager, bool Force, StructuralSchema Schema, string ApiVersion, DateTimeOffset Now, string? Subresource = null)
{
    /// <inheritdoc cref="WriteContext.ResetFields"/>
    public IReadOnlyList<string> ResetFields { get; init; } = [];
}
