namespace Mizzen.Xds.Sessions;

/// <summary>
/// Everything that a proxy is to have: by type URL, by name. The messages carry name and version; they are shared between sessions and
/// may not be changed.
/// </summary>
/// <param name="ByType">A type that is missing has no resources.</param>
public sealed record WantedResources(IReadOnlyDictionary<string, TypedResources> ByType)
{
    /// <summary>The resources of one type.</summary>
    public TypedResources Of(string typeUrl) => ByType.GetValueOrDefault(typeUrl, TypedResources.Empty);
}
