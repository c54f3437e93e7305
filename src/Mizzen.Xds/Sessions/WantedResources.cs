using Envoy.Service.Discovery.V3;

namespace Mizzen.Xds.Sessions;

/// <summary>
/// Everything that a proxy is to have: by type URL, by name. The messages carry name and version; they are shared between sessions and
/// may not be changed.
/// </summary>
/// <param name="ByType">A type that is missing has no resources.</param>
public sealed record WantedResources(IReadOnlyDictionary<string, IReadOnlyDictionary<string, Resource>> ByType)
{
    private static readonly Dictionary<string, Resource> Nothing = [];

    /// <summary>The resources of one type.</summary>
    public IReadOnlyDictionary<string, Resource> Of(string typeUrl) => ByType.GetValueOrDefault(typeUrl, Nothing);
}
