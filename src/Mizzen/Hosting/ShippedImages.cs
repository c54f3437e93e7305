using Mizzen.Cluster.Images;
using Mizzen.Clusters;
using Mizzen.Demo;
using Mizzen.Development;

namespace Mizzen.Hosting;

/// <summary>The images that pods can run: the user's map, and what comes with the program.</summary>
internal static class ShippedImages
{
    public static ImageMap Map() => new(ClusterDirectory.ImageMapFile, new Dictionary<string, IReadOnlyList<string>>
    {
        ["mizzen/istiod"] = [.. SelfProgram.Command, "istiod"],
        ["mizzen/proxyv2"] = SelfProgram.Proxy,
        [TimeSample.Image] = SelfProgram.TimeSample,
        [DevelopmentPod.Image] = [],
    });
}
