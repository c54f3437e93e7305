using Mizzen.Resources.ApiExtensions;

namespace Mizzen.Resources;

/// <summary>What the API needs to know of a kind.</summary>
/// <param name="Group">The API group; empty for core.</param>
/// <param name="Version">The version in which objects are stored.</param>
/// <param name="ServedVersions">Every version that clients may use, the preferred one first.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Plural">The name in paths.</param>
/// <param name="Singular">The singular that people type.</param>
/// <param name="ShortNames">Abbreviations that people type.</param>
/// <param name="Categories">Groups of kinds that people type, such as <c>all</c>.</param>
/// <param name="Namespaced">False for kinds of the whole cluster.</param>
/// <param name="HasStatus">True when the status is a subresource.</param>
/// <param name="HasScale">True when there is a scale subresource.</param>
/// <param name="BuiltIn">True when the API server has the kind by itself; false when a CustomResourceDefinition brings it.</param>
/// <param name="ClrType">The record that carries it.</param>
public sealed record ResourceKind(
    string Group,
    string Version,
    IReadOnlyList<string> ServedVersions,
    string Kind,
    string Plural,
    string Singular,
    IReadOnlyList<string> ShortNames,
    IReadOnlyList<string> Categories,
    bool Namespaced,
    bool HasStatus,
    bool HasScale,
    bool BuiltIn,
    Type ClrType)
{
    /// <summary>The columns that <c>kubectl get</c> shows of a kind that is brought by a CustomResourceDefinition.</summary>
    public IReadOnlyList<PrinterColumn> PrinterColumns { get; init; } = [];

    /// <summary>Group and version in which objects are stored: <c>apps/v1</c>, or <c>v1</c> for core.</summary>
    public string ApiVersion => ApiVersionOf(Version);

    /// <summary>Group and version for any of the served versions.</summary>
    public string ApiVersionOf(string version) => Group.Length == 0 ? version : $"{Group}/{version}";

    /// <summary>The path of the collection, or of one object; <paramref name="ns"/> is ignored for kinds of the whole cluster.</summary>
    public string Path(string? ns = null, string? name = null)
    {
        var root = Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
        var scope = Namespaced && ns is not null ? $"/namespaces/{Uri.EscapeDataString(ns)}" : "";
        return $"{root}{scope}/{Plural}{(name is null ? "" : "/" + Uri.EscapeDataString(name))}";
    }
}
