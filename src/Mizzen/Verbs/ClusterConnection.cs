using Mizzen.Api;
using Mizzen.Client;
using Mizzen.Clusters;

namespace Mizzen.Verbs;

/// <summary>Which cluster a verb talks to: the kubeconfig that was named, else the local cluster of that name, else <c>$KUBECONFIG</c>.</summary>
internal static class ClusterConnection
{
    public static KubernetesApi Open(string? kubeconfig, ClusterName name) => new(OpenHttp(kubeconfig, name));

    public static HttpClient OpenHttp(string? kubeconfig, ClusterName name)
    {
        if (kubeconfig is not null)
        {
            return ClientConnection.FromKubeconfig(Path.GetFullPath(kubeconfig));
        }

        if (RunningCluster.Find(name) is { } running)
        {
            return ClientConnection.FromKubeconfig(running.Directory.Kubeconfig);
        }

        var inherited = Environment.GetEnvironmentVariable("KUBECONFIG");
        return !string.IsNullOrEmpty(inherited) && File.Exists(inherited)
            ? ClientConnection.FromKubeconfig(inherited)
            : ClientConnection.FromKubeconfig(RunningCluster.Require(name).Directory.Kubeconfig);
    }
}
