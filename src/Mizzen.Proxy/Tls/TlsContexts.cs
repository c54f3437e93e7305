namespace Mizzen.Proxy.Tls;

/// <summary>
/// Makes contexts of specifications and the secrets that are known, one for all whose settings are equal: a thousand clusters of a mesh share
/// one. Used by the control thread only.
/// </summary>
internal sealed class TlsContexts
{
    private Dictionary<TlsSettings, TlsContext> _known = [];
    private Dictionary<TlsSettings, TlsContext> _used = [];

    /// <summary>Forgets the contexts that were not asked for since the last call; connections that use them live on.</summary>
    public void Sweep()
    {
        _known = _used;
        _used = [];
    }

    /// <summary>A filter chain's settings with its context, without one while a secret is missing.</summary>
    public ServerTls Resolve(ServerTls tls, Func<string, SecretModel?> find)
    {
        var (context, validation) = ContextOf(tls.Spec, find, tls.RequiresClientCertificate);
        return tls with { Context = context, VerifiesClients = Verifies(validation), Names = NamesOf(tls.Spec.Validation, validation) };
    }

    /// <summary>A cluster's settings with its context, without one while a secret is missing.</summary>
    public ClientTls Resolve(ClientTls tls, Func<string, SecretModel?> find)
    {
        var (context, validation) = ContextOf(tls.Spec, find);
        return tls with { Context = context, VerifiesServer = Verifies(validation), Names = NamesOf(tls.Spec.Validation, validation) };
    }

    private (TlsContext? Context, PeerValidation? Validation) ContextOf(TlsSpec spec, Func<string, SecretModel?> find, bool requiresCertificate = false)
    {
        var certificates = spec.CertificateSecrets.Select(secret => find(secret.Name)?.Certificate).ToList();
        var validation = spec.ValidationSecret is { } reference ? find(reference.Name)?.Validation : spec.Validation;
        if (certificates.Contains(null) || (spec.ValidationSecret is not null && validation is null))
        {
            return (null, validation);
        }

        // What the secret does not say is as the context says it (Envoy's combined_validation_context).
        var isLax = validation?.AcceptsUntrusted == true || spec.Validation?.AcceptsUntrusted == true;
        var settings = new TlsSettings
        {
            IsServer = spec.IsServer,
            Certificates = [.. spec.Certificates, .. certificates.OfType<TlsCertificate>()],
            Trust = validation?.Trust ?? spec.Validation?.Trust,
            MinimumVersion = spec.MinimumVersion,
            MaximumVersion = spec.MaximumVersion,
            CipherSuites = spec.CipherSuites,
            Groups = spec.Groups,
            Demands = spec.IsServer ? new ClientDemands(requiresCertificate, isLax, NamesOf(spec.Validation, validation)?.Text ?? "") : null,
        };
        if (!_known.TryGetValue(settings, out var context))
        {
            context = TlsContext.Create(settings);
            _known[settings] = context;
        }

        _used[settings] = context;
        return (context, (validation ?? spec.Validation) is { } found ? found with { Trust = settings.Trust, AcceptsUntrusted = isLax } : null);
    }

    private static bool Verifies(PeerValidation? validation) => validation is { Trust: not null, AcceptsUntrusted: false };

    private static PeerNames? NamesOf(PeerValidation? inline, PeerValidation? found)
    {
        var one = inline?.Names;
        var two = ReferenceEquals(inline?.Names, found?.Names) ? null : found?.Names;
        return one is null ? two : two is null ? one : new PeerNames(name => one.Matches(name) || two.Matches(name), $"{one.Text} {two.Text}");
    }
}
