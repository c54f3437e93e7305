using System.Globalization;
using Mizzen.Resources.Core;
using Mizzen.Resources.Reading;

namespace Mizzen.ControlPlane.Injection;

/// <summary>The init container that redirects the pod's traffic to the proxy.</summary>
internal static class InitContainer
{
    private const string ExcludedAlways = "15090,15021,15020";

    public static Container For(PodFacts pod) => new()
    {
        Name = Names.InitContainer,
        Image = pod.Annotation(Names.ProxyImage) ?? pod.Settings.Image,
        Args = [.. Arguments(pod)],
        Resources = ProxyContainer.Resources(pod),
        SecurityContext = new SecurityContext
        {
            AllowPrivilegeEscalation = false,
            Privileged = false,
            Capabilities = new Capabilities { Add = ["NET_ADMIN", "NET_RAW"], Drop = ["ALL"] },
            ReadOnlyRootFilesystem = false,
            RunAsGroup = 0,
            RunAsUser = 0,
            RunAsNonRoot = false,
        },
    };

    private static IEnumerable<string> Arguments(PodFacts pod)
    {
        var excluded = pod.Annotation(Names.ExcludeInboundPorts);
        string[] always =
        [
            "istio-iptables",
            "-p", "15001",
            "-z", "15006",
            "-u", Names.ProxyUser.ToString(CultureInfo.InvariantCulture),
            "-m", pod.InterceptionMode,
            "-i", pod.Annotation(Names.IncludeOutboundAddresses) ?? "*",
            "-x", pod.Annotation(Names.ExcludeOutboundAddresses) ?? "",
            "-b", pod.Annotation(Names.IncludeInboundPorts) ?? "*",
            "-d", string.IsNullOrEmpty(excluded) ? ExcludedAlways : $"{ExcludedAlways},{excluded}",
        ];
        string[] names = pod.ProxyConfig.Text("proxyMetadata", "ISTIO_META_DNS_CAPTURE") == "true" ? ["--redirect-dns"] : [];
        return [.. always, .. Optional("-q", pod.Annotation(Names.IncludeOutboundPorts)), .. Optional("-o", pod.Annotation(Names.ExcludeOutboundPorts)), .. Optional("-c", pod.Annotation(Names.ExcludeInterfaces)), .. names];
    }

    private static string[] Optional(string flag, string? value) => string.IsNullOrEmpty(value) ? [] : [flag, value];
}
