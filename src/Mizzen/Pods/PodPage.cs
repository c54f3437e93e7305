using System.Globalization;
using System.Net.WebSockets;
using Mizzen.Api;
using Mizzen.Client;

namespace Mizzen.Pods;

/// <summary>Reads pages that a pod serves on its loopback interface: the proxy's administration port, the control plane's debug port.</summary>
internal static class PodPage
{
    private const int ProxyAdminPort = 15000;
    private const int ControlPlaneDebugPort = 8080;

    /// <summary>A page of a pod's proxy.</summary>
    /// <exception cref="UserErrorException">The pod has no proxy, or does not answer.</exception>
    public static Task<string> OfProxyAsync(KubernetesApi api, Pod pod, string pathAndQuery, CancellationToken cancellationToken) => pod.HasRunningProxy
        ? GetAsync(api, pod, ProxyAdminPort, pathAndQuery, cancellationToken)
        : throw new UserErrorException($"the pod {pod} has no running proxy (container istio-proxy); label its namespace istio-injection=enabled and start it again, or see: mizzen get pods -n {pod.Namespace}");

    /// <summary>A debug page of each running control plane.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    public static async Task<IReadOnlyList<(Pod Pod, string Text)>> OfControlPlanesAsync(
        KubernetesApi api, string ns, string pathAndQuery, CancellationToken cancellationToken)
    {
        var pods = (await PodName.AllAsync(api, cancellationToken)).Where(pod => pod.Namespace == ns && IsRunningControlPlane(pod)).ToList();
        if (pods.Count == 0)
        {
            throw new UserErrorException($"no control plane runs in namespace {ns} (pods with app=istiod); name its namespace with --istioNamespace, or install the mesh");
        }

        var pages = new List<(Pod, string)>();
        foreach (var pod in pods)
        {
            pages.Add((pod, await GetAsync(api, pod, ControlPlaneDebugPort, pathAndQuery, cancellationToken)));
        }

        return pages;
    }

    /// <summary>A debug page of one control plane.</summary>
    public static Task<string> OfControlPlaneAsync(KubernetesApi api, Pod pod, string pathAndQuery, CancellationToken cancellationToken) =>
        GetAsync(api, pod, ControlPlaneDebugPort, pathAndQuery, cancellationToken);

    private static bool IsRunningControlPlane(Pod pod) =>
        (string?)pod.Object["metadata"]?["labels"]?["app"] == "istiod" && (string?)pod.Object["status"]?["phase"] == "Running";

    private static async Task<string> GetAsync(KubernetesApi api, Pod pod, int port, string pathAndQuery, CancellationToken cancellationToken)
    {
        using var http = PodPorts.Http(api.Http, pod.Namespace, pod.Name, port);
        try
        {
            using var response = await http.GetAsync(new Uri(pathAndQuery, UriKind.Relative), cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.IsSuccessStatusCode ? text : throw new UserErrorException($"{pod}: {pathAndQuery}: {(int)response.StatusCode}: {text.Trim()}");
        }
        catch (Exception error) when (error is HttpRequestException or WebSocketException or IOException)
        {
            throw new UserErrorException(
                string.Create(CultureInfo.InvariantCulture, $"port {port} of pod {pod} cannot be reached: {(error.InnerException ?? error).Message} (needs the right to create pods/portforward)"), error);
        }
    }
}
