using System.Text;
using Mizzen.Resources;
using Mizzen.Resources.GatewayApi;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model.GatewayApi;

/// <summary>The Gateway API's objects as Istio's own, and what is said to each of them.</summary>
internal sealed class GatewayApiMesh
{
    /// <summary>Istio's name of the controller of classes: Gateways of such classes are ours.</summary>
    public const string Controller = "istio.io/gateway-controller";

    private string _text = "";

    public static GatewayApiMesh Empty { get; } = new();

    /// <summary>One for each listener that is served.</summary>
    public IReadOnlyList<Gateway> Gateways { get; private init; } = [];

    /// <summary>One for each host of a listener, and for each Service that routes attach to.</summary>
    public IReadOnlyList<VirtualService> VirtualServices { get; private init; } = [];

    /// <summary>The classes that are ours.</summary>
    public IReadOnlyList<GatewayClass> Classes { get; private init; } = [];

    public IReadOnlyList<GatewayVerdict> GatewayVerdicts { get; private init; } = [];

    /// <summary>How gateways speak TLS with backends.</summary>
    public BackendTlsIndex BackendTls { get; private init; } = BackendTlsIndex.Empty;

    public IReadOnlyList<PolicyVerdict> PolicyVerdicts { get; private init; } = [];

    public IReadOnlyList<ListenerSetVerdict> SetVerdicts { get; private init; } = [];

    public IReadOnlyList<RouteVerdict> RouteVerdicts { get; private init; } = [];

    /// <summary>The objects as Istio's; where they come to the same as before, they are the same lists as before.</summary>
    public static GatewayApiMesh Of(ResourceSet resources, ServiceRegistry services, GatewayApiMesh last)
    {
        var classes = resources.GatewayClasses.Where(entry => entry.Spec?.ControllerName == Controller).ToList();
        if (classes.Count + resources.HttpRoutes.Count + resources.GrpcRoutes.Count + resources.TcpRoutes.Count + resources.TlsRoutes.Count + resources.UdpRoutes.Count + resources.BackendTlsPolicies.Count == 0)
        {
            return Empty;
        }

        var grants = new ReferenceGrants(resources.ReferenceGrants);
        var listeners = new ListenerTable(resources, classes, grants);
        var attachment = new RouteAttachment(resources, services, listeners, grants);
        var policies = new BackendPolicies(resources, services, attachment.Users());
        var gateways = listeners.Gateways().ToList();
        var virtualServices = attachment.VirtualServices().ToList();
        var text = TextOf(gateways, virtualServices);
        var isSame = text == last._text;
        return new GatewayApiMesh
        {
            _text = text,
            Gateways = isSame ? last.Gateways : gateways,
            VirtualServices = isSame ? last.VirtualServices : virtualServices,
            Classes = classes,
            GatewayVerdicts = [.. listeners.Verdicts()],
            BackendTls = BackendTlsIndex.Of(policies.Tls, last.BackendTls),
            PolicyVerdicts = policies.Verdicts,
            SetVerdicts = [.. listeners.SetVerdicts()],
            RouteVerdicts = attachment.Verdicts,
        };
    }

    private static string TextOf(List<Gateway> gateways, List<VirtualService> virtualServices)
    {
        var text = new StringBuilder();
        foreach (var gateway in gateways)
        {
            text.AppendLine(ResourceJson.Serialize(gateway)).AppendLine(gateway.Spec?.PodNamespace);
        }

        foreach (var service in virtualServices)
        {
            text.AppendLine(ResourceJson.Serialize(service));

            // What is not part of Istio's kinds is not in their JSON.
            text.AppendJoin('\n', (service.Spec?.Http ?? []).Select(rule => $"{rule.Origin} {rule.Redirect?.UriRegexRewrite} {rule.Match?[0].IsPathSegments}")).AppendLine();
        }

        return text.ToString();
    }
}
