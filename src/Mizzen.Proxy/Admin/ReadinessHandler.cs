using System.Text;

namespace Mizzen.Proxy.Admin;

/// <summary>Port 15021: <c>/healthz/ready</c> for the kubelet and load balancers.</summary>
internal sealed class ReadinessHandler(ProxyState state) : IAdminHandler
{
    public AdminResponse Answer(string method, string target) => target.Split('?')[0] == "/healthz/ready"
        ? Answer(state)
        : AdminText.NotFound(target, "/healthz/ready");

    /// <summary>200, or 503 with what is missing.</summary>
    public static AdminResponse Answer(ProxyState state) => state.NotReadyBecause() is { } reason
        ? AdminText.Plain(503, $"not ready: {reason}\n")
        : new AdminResponse(200, AdminText.PlainType, Encoding.ASCII.GetBytes("ready\n"));
}
