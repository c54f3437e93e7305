using Mizzen.Resources.Core;
using Mizzen.Resources.GatewayApi;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model.GatewayApi;

/// <summary>The certificates that listeners and Gateways refer to, as far as they exist and may be referred to.</summary>
internal sealed class ListenerTls
{
    private readonly Dictionary<(string, string), Secret> _secrets;
    private readonly Dictionary<(string, string), ConfigMap> _maps;
    private readonly ReferenceGrants _grants;

    public ListenerTls(ResourceSet resources, ReferenceGrants grants)
    {
        _secrets = resources.Secrets.ToDictionary(secret => (secret.Metadata.Namespace ?? "", secret.Metadata.Name ?? ""));
        _maps = resources.ConfigMaps.ToDictionary(map => (map.Metadata.Namespace ?? "", map.Metadata.Name ?? ""));
        _grants = grants;
    }

    /// <summary>Sets how the listener speaks TLS, or why it cannot.</summary>
    public void Resolve(AttachedListener listener)
    {
        if (!listener.IsTls)
        {
            return;
        }

        if (listener.Listener.Tls?.Mode == "Passthrough")
        {
            if (listener.Listener.Protocol == "HTTPS")
            {
                listener.Refusal = GatewayCondition.NotAccepted("UnsupportedProtocol", "a listener of protocol HTTPS ends TLS; use protocol TLS for mode Passthrough");
            }

            listener.Tls = new ServerTLSSettings { Mode = "PASSTHROUGH" };
            return;
        }

        var names = new List<string>();
        foreach (var reference in listener.Listener.Tls?.CertificateRefs ?? [])
        {
            var (name, problem) = Certificate(reference, listener);
            listener.Unresolved ??= problem;
            names.AddRange(name is null ? [] : [name]);
        }

        if (names.Count == 0)
        {
            listener.Unresolved ??= GatewayCondition.NotResolved("InvalidCertificateRef", "tls.certificateRefs names no Secret; name one of type kubernetes.io/tls");
        }

        listener.Tls = WithClients(new ServerTLSSettings { Mode = "SIMPLE", CredentialNames = names }, listener);
    }

    private ServerTLSSettings WithClients(ServerTLSSettings tls, AttachedListener listener)
    {
        if (ValidationOf(listener) is not { } validation)
        {
            return tls;
        }

        var maps = new List<string>();
        foreach (var reference in validation.CaCertificateRefs ?? [])
        {
            var (map, problem) = Authority(reference, listener);
            listener.Unresolved ??= problem;
            maps.AddRange(map is null ? [] : [map]);
        }

        if (maps.Count == 0)
        {
            listener.Unresolved ??= GatewayCondition.NotResolved("InvalidCACertificateRef", "caCertificateRefs names no ConfigMap");
            listener.Refusal ??= GatewayCondition.NotAccepted("NoValidCACertificate", "no certificate of an authority is left that could vouch for clients");
        }

        var isLax = validation.Mode == "AllowInsecureFallback";
        return tls with { Mode = isLax ? "OPTIONAL_MUTUAL" : "MUTUAL", CaCertCredentialName = CredentialNames.OfAuthorities(maps), InsecureSkipVerify = isLax ? true : null };
    }

    /// <summary>What is asked of the clients of a listener: what it says itself (before v1.4), its port, or the Gateway.</summary>
    public static FrontendValidation? ValidationOf(AttachedListener listener)
    {
        if (listener.Listener.Tls?.FrontendValidation is { } own)
        {
            return own;
        }

        var frontend = listener.Listener.Protocol == "HTTPS" ? listener.Gateway.Spec?.Tls?.Frontend : null;
        var port = frontend?.PerPort?.FirstOrDefault(entry => entry.Port == listener.Listener.Port);
        return port is not null ? port.Tls?.Validation : frontend?.Default?.Validation;
    }

    private (string? Name, GatewayCondition? Problem) Certificate(SecretReference reference, AttachedListener listener)
    {
        var ns = reference.Namespace ?? listener.Namespace;
        if (reference.Group is not (null or "") || reference.Kind is not (null or "Secret"))
        {
            return (null, GatewayCondition.NotResolved("InvalidCertificateRef", $"{reference.Group}/{reference.Kind} {reference.Name} is no kind of certificate that is supported; use a Secret"));
        }

        if (!_grants.Allow(listener.OwnerKind, listener.Namespace, "Secret", ns, reference.Name))
        {
            return (null, GatewayCondition.NotResolved("RefNotPermitted", $"Secret {ns}/{reference.Name} is of another namespace; a ReferenceGrant in {ns} must allow it"));
        }

        if (_secrets.GetValueOrDefault((ns, reference.Name)) is not { } secret)
        {
            return (null, GatewayCondition.NotResolved("InvalidCertificateRef", $"there is no Secret {ns}/{reference.Name}"));
        }

        return PemText.Complaint(secret) is { } complaint
            ? (null, GatewayCondition.NotResolved("InvalidCertificateRef", $"Secret {ns}/{reference.Name}: {complaint}"))
            : (CredentialNames.OfSecret(ns, reference.Name), null);
    }

    private (string? Map, GatewayCondition? Problem) Authority(CertificateAuthorityReference reference, AttachedListener listener)
    {
        // The Gateway says who vouches for clients, also for the listeners that others add to it.
        var isOwn = listener.Listener.Tls?.FrontendValidation is not null;
        var home = isOwn ? listener.Namespace : listener.Gateway.Metadata.Namespace ?? "";
        var ns = reference.Namespace ?? home;
        if (reference.Group is not (null or "") || reference.Kind is not (null or "ConfigMap"))
        {
            return (null, GatewayCondition.NotResolved("InvalidCACertificateKind", $"{reference.Group}/{reference.Kind} {reference.Name} is no kind that is supported; use a ConfigMap"));
        }

        if (!_grants.Allow(isOwn ? listener.OwnerKind : "Gateway", home, "ConfigMap", ns, reference.Name))
        {
            return (null, GatewayCondition.NotResolved("RefNotPermitted", $"ConfigMap {ns}/{reference.Name} is of another namespace; a ReferenceGrant in {ns} must allow it"));
        }

        return PemText.HasCertificates(_maps.GetValueOrDefault((ns, reference.Name))?.Data?.GetValueOrDefault("ca.crt"))
            ? ($"{ns}/{reference.Name}", null)
            : (null, GatewayCondition.NotResolved("InvalidCACertificateRef", $"there is no ConfigMap {ns}/{reference.Name} with certificates in ca.crt"));
    }
}
