using Mizzen.Resources.GatewayApi;

namespace Mizzen.ControlPlane.Model.GatewayApi;

/// <summary>A Gateway with all its listeners, its own before those of ListenerSets: the first of two that exclude each other is served.</summary>
internal sealed class ListeningGateway
{
    private ListeningGateway(KubernetesGateway gateway, IReadOnlyList<AttachedListener> own, IReadOnlyList<AttachedSet> sets)
    {
        Gateway = gateway;
        Own = own;
        Sets = sets;
        Listeners = [.. own, .. sets.SelectMany(set => set.Listeners)];
    }

    public KubernetesGateway Gateway { get; }

    /// <summary>Why nothing of it can be served; null when it can.</summary>
    public GatewayCondition? Refusal => Gateway.Spec?.Infrastructure?.ParametersRef is { } parameters
        ? GatewayCondition.NotAccepted("InvalidParameters", $"infrastructure.parametersRef: {parameters.Kind} {parameters.Name} is not supported; use infrastructure.labels and annotations")
        : Gateway.Spec?.Addresses?.FirstOrDefault(address => address.Type is not (null or "IPAddress" or "Hostname")) is { } address
            ? GatewayCondition.NotAccepted("UnsupportedAddress", $"addresses of type {address.Type} are not supported; use Hostname with the name of a Service")
            : null;

    /// <summary>The listeners that the Gateway itself has.</summary>
    public IReadOnlyList<AttachedListener> Own { get; }

    public IReadOnlyList<AttachedSet> Sets { get; }

    public IReadOnlyList<AttachedListener> Listeners { get; }

    public static ListeningGateway Of(KubernetesGateway gateway, AttachedSets sets, ListenerTls tls)
    {
        var made = new ListeningGateway(gateway, [.. (gateway.Spec?.Listeners ?? []).Select(listener => new AttachedListener(gateway, listener, null))], sets.Of(gateway));
        foreach (var listener in made.Listeners)
        {
            if (listener.Listener.Protocol is not ("HTTP" or "HTTPS" or "TLS" or "TCP" or "UDP"))
            {
                listener.Refusal = GatewayCondition.NotAccepted("UnsupportedProtocol", $"protocol {listener.Listener.Protocol} is not supported; use HTTP, HTTPS, TLS, TCP or UDP");
            }

            tls.Resolve(listener);
        }

        foreach (var port in made.Listeners.Where(listener => listener.Refusal is null).GroupBy(listener => (listener.Listener.Port, IsUdp: listener.Listener.Protocol == "UDP")))
        {
            Share([.. port]);
        }

        return made;
    }

    private static void Share(List<AttachedListener> port)
    {
        for (var i = 1; i < port.Count; i++)
        {
            var listener = port[i];
            if (listener.PortGroup != port[0].PortGroup)
            {
                listener.Conflict = new GatewayCondition("Conflicted", true, "ProtocolConflict", $"{port[0].Title} has another protocol on port {listener.Listener.Port}");
            }
            else if (port.Take(i).FirstOrDefault(other => other.Host == listener.Host || listener.Listener.Protocol is "TCP" or "UDP") is { } same)
            {
                listener.Conflict = new GatewayCondition("Conflicted", true, "HostnameConflict", $"{same.Title} has the same host on port {listener.Listener.Port}");
            }
        }

        foreach (var listener in port)
        {
            listener.Neighbours = [.. port.Where(other => other != listener && other.IsServed)];
        }
    }
}
