using Mizzen.Resources.GatewayApi;

namespace Mizzen.Resources.Validation;

/// <summary>Rules of Gateways and of listeners.</summary>
internal static class GatewayListenerRules
{
    private const int MostListeners = 64;

    public static void Check(KubernetesGatewaySpec spec, Findings findings)
    {
        if (spec.Listeners is not { Count: > 0 })
        {
            findings.Error("spec.listeners", "a Gateway needs a listener", "add one with name, port and protocol");
        }

        Check(spec.Listeners, mustSayMode: false, findings);
        Addresses(spec.Addresses ?? [], findings);
        Validation("spec.tls.frontend.default.validation", spec.Tls?.Frontend?.Default?.Validation, findings);
        var ports = spec.Tls?.Frontend?.PerPort ?? [];
        for (var i = 0; i < ports.Count; i++)
        {
            Validation($"spec.tls.frontend.perPort[{i}].tls.validation", ports[i].Tls?.Validation, findings);
            if (ports.Take(i).Any(other => other.Port == ports[i].Port))
            {
                findings.Error($"spec.tls.frontend.perPort[{i}].port", $"port {ports[i].Port} stands here twice", "say it once");
            }
        }
    }

    /// <summary>The listeners of a Gateway or of a ListenerSet, which must say the mode of its listeners TLS.</summary>
    public static void Check(IReadOnlyList<GatewayListener>? listeners, bool mustSayMode, Findings findings)
    {
        listeners ??= [];
        if (listeners.Count > MostListeners)
        {
            findings.Error("spec.listeners", $"there are more than {MostListeners}", "put some into a ListenerSet");
        }

        for (var i = 0; i < listeners.Count; i++)
        {
            var (listener, path) = (listeners[i], $"spec.listeners[{i}]");
            findings.Port(path + ".port", listener.Port);
            Tls(path, listener, mustSayMode, findings);
            Host(path, listener, findings);
            if (listeners.Take(i).Any(other => other.Name == listener.Name))
            {
                findings.Error(path + ".name", $"another listener has the name {listener.Name}", "give each a name of its own");
            }
            else if (listeners.Take(i).FirstOrDefault(other => other.Port == listener.Port && other.Protocol == listener.Protocol && other.Hostname == listener.Hostname) is { } same)
            {
                findings.Error(path, $"listener {same.Name} has the same port, protocol and hostname", "change one of the three, or leave it out");
            }
        }
    }

    private static void Tls(string path, GatewayListener listener, bool mustSayMode, Findings findings)
    {
        var tls = listener.Tls;
        switch (listener.Protocol)
        {
            case "HTTP" or "TCP" or "UDP" when tls is not null:
                findings.Error(path + ".tls", $"is not for protocol {listener.Protocol}", "remove it, or use protocol HTTPS or TLS");
                return;
            case "HTTPS" when tls?.Mode == "Passthrough":
                findings.Error(path + ".tls.mode", "a listener of protocol HTTPS ends TLS", "use Terminate, or protocol TLS");
                return;
            case "TLS" when mustSayMode && tls?.Mode is null:
                findings.Error(path + ".tls.mode", "is missing", "say Terminate or Passthrough");
                return;
        }

        if (tls is { Mode: null or "Terminate" } && tls.CertificateRefs is not { Count: > 0 } && tls.Options is not { Count: > 0 })
        {
            findings.Error(path + ".tls.certificateRefs", "is missing: with mode Terminate there must be a certificate", "name a Secret of type kubernetes.io/tls");
        }

        Validation(path + ".tls.frontendValidation", tls?.FrontendValidation, findings);
    }

    private static void Host(string path, GatewayListener listener, Findings findings)
    {
        if (listener.Hostname is not { Length: > 0 } host)
        {
            return;
        }

        if (listener.Protocol is "TCP" or "UDP")
        {
            findings.Error(path + ".hostname", $"is not for protocol {listener.Protocol}", "remove it");
            return;
        }

        findings.Host(path + ".hostname", host);
    }

    private static void Validation(string path, FrontendValidation? validation, Findings findings)
    {
        if (validation is { CaCertificateRefs: not { Count: > 0 } })
        {
            findings.Error(path + ".caCertificateRefs", "is missing", "name a ConfigMap whose ca.crt holds certificates");
        }
    }

    private static void Addresses(IReadOnlyList<GatewayAddress> addresses, Findings findings)
    {
        for (var i = 0; i < addresses.Count; i++)
        {
            if (addresses[i].Value is { Length: > 0 } && addresses.Take(i).Any(other => (other.Type ?? "IPAddress") == (addresses[i].Type ?? "IPAddress") && other.Value == addresses[i].Value))
            {
                findings.Error($"spec.addresses[{i}]", $"{addresses[i].Value} stands here twice", "say it once");
            }
        }
    }
}
