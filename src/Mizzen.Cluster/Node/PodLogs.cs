using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Node;

/// <summary>Where the logs of containers lie.</summary>
internal static class PodLogs
{
    /// <summary>The folder of a container's logs; a new pod of the same name has a folder of its own.</summary>
    public static string FolderOf(string root, Pod pod, string container) =>
        Path.Combine(root, $"{pod.Metadata.Namespace}_{pod.Metadata.Name}_{pod.Metadata.Uid}", container);
}
