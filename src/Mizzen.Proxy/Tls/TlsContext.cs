using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Mizzen.Proxy.Tls;

/// <summary>What a context is made of. Two connections whose settings are equal share one.</summary>
internal sealed record TlsSettings
{
    public bool IsServer { get; init; }

    /// <summary>What we present: for servers at least one; several of different key types are chosen from by what the client can verify.</summary>
    public IReadOnlyList<TlsCertificate> Certificates { get; init; } = [];

    /// <summary>Whom we believe; null verifies nothing.</summary>
    public TrustedAuthorities? Trust { get; init; }

    /// <summary>Lowest version, TLS 1.2 or 1.3 as on the wire (0x0303, 0x0304).</summary>
    public int MinimumVersion { get; init; } = LibSsl.Tls12;

    public int MaximumVersion { get; init; } = LibSsl.Tls13;

    /// <summary>Cipher suites of TLS 1.2 by OpenSSL's names, best first; empty for OpenSSL's choice.</summary>
    public IReadOnlyList<string> CipherSuites { get; init; } = [];

    /// <summary>Key exchange groups by OpenSSL's names, best first; empty for OpenSSL's choice.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>What a server asks of its clients; null for clients. A resumed session is not verified anew, so it is only good where the same is asked.</summary>
    public ClientDemands? Demands { get; init; }

    /// <summary>Certificates and trust are compared by identity: a secret that has come again is another one.</summary>
    public bool Equals(TlsSettings? other) => other is not null && IsServer == other.IsServer && ReferenceEquals(Trust, other.Trust)
        && MinimumVersion == other.MinimumVersion && MaximumVersion == other.MaximumVersion && Demands == other.Demands
        && Certificates.SequenceEqual(other.Certificates) && CipherSuites.SequenceEqual(other.CipherSuites) && Groups.SequenceEqual(other.Groups);

    public override int GetHashCode() => HashCode.Combine(IsServer, Trust, MinimumVersion, MaximumVersion, Certificates.Count > 0 ? Certificates[0] : null);
}

/// <summary>What a server asks of its clients.</summary>
/// <param name="RequiresCertificate">They must show one.</param>
/// <param name="AcceptsUntrusted">Nobody needs to vouch for it.</param>
/// <param name="Names">The names that it must have one of, as text.</param>
internal sealed record ClientDemands(bool RequiresCertificate, bool AcceptsUntrusted, string Names);

/// <summary>
/// An SSL_CTX: certificates, trust and parameters that connections share, on all loops. Immutable; it lives as long as somebody refers to it,
/// and connections made with it live on without it.
/// </summary>
internal sealed class TlsContext : SafeHandle
{
    private TlsContext(nint context)
        : base(0, ownsHandle: true) => SetHandle(context);

    public override bool IsInvalid => handle == 0;

    /// <summary>Makes a context.</summary>
    /// <exception cref="InvalidDataException">OpenSSL is missing, or does not take a setting; the message names the field of Envoy's API.</exception>
    public static TlsContext Create(TlsSettings settings)
    {
        if (OpenSsl.Missing is { } missing)
        {
            throw new InvalidDataException(missing);
        }

        var context = new TlsContext(LibSsl.ContextNew(LibSsl.TlsMethod()));
        try
        {
            context.Configure(settings);
            return context;
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>A connection's SSL, to be freed by the connection.</summary>
    public nint NewConnection()
    {
        var ssl = LibSsl.New(handle);
        GC.KeepAlive(this);
        return ssl;
    }

    protected override bool ReleaseHandle()
    {
        LibSsl.ContextFree(handle);
        return true;
    }

    private unsafe void Configure(TlsSettings settings)
    {
        _ = LibSsl.ContextSetOptions(handle, LibSsl.OptionNoRenegotiation | LibSsl.OptionNoCompression | LibSsl.OptionCipherServerPreference);
        _ = LibSsl.ContextControl(handle, LibSsl.ControlMode, LibSsl.ModeAcceptMovingWriteBuffer | LibSsl.ModeReleaseBuffers, 0);
        _ = LibSsl.ContextControl(handle, LibSsl.ControlReadAhead, 1, 0);
        _ = LibSsl.ContextControl(handle, LibSsl.ControlMinimumVersion, settings.MinimumVersion, 0);
        _ = LibSsl.ContextControl(handle, LibSsl.ControlMaximumVersion, settings.MaximumVersion, 0);
        SetSuites(settings);
        foreach (var certificate in settings.Certificates)
        {
            certificate.UseIn(handle);
        }

        settings.Trust?.UseIn(handle, settings.IsServer);
        LibSsl.ContextSetVerifyCallback(handle, &TlsCallbacks.Verify, 0);
        ConfigureSessions(settings.IsServer);
    }

    private void SetSuites(TlsSettings settings)
    {
        if (settings.CipherSuites.Count > 0 && LibSsl.ContextSetCipherList(handle, string.Join(':', settings.CipherSuites)) != 1)
        {
            throw new InvalidDataException($"tls_params.cipher_suites: OpenSSL knows none of {string.Join(", ", settings.CipherSuites)}");
        }

        if (settings.Groups.Count == 0)
        {
            return;
        }

        var names = Marshal.StringToCoTaskMemUTF8(string.Join(':', settings.Groups));
        var known = LibSsl.ContextControl(handle, LibSsl.ControlGroupsList, 0, names) == 1;
        Marshal.FreeCoTaskMem(names);
        if (!known)
        {
            throw new InvalidDataException($"tls_params.ecdh_curves: OpenSSL does not know all of {string.Join(", ", settings.Groups)}");
        }
    }

    // A server keeps no sessions: its clients hold them, sealed, as tickets. A client's sessions are kept beside the endpoint that gave them.
    private unsafe void ConfigureSessions(bool isServer)
    {
        if (!isServer)
        {
            _ = LibSsl.ContextControl(handle, LibSsl.ControlSessionCacheMode, LibSsl.SessionCacheClient | LibSsl.SessionCacheNoInternal, 0);
            LibSsl.ContextSetNewSessionCallback(handle, &TlsCallbacks.OnNewSession);
            return;
        }

        // A ticket is good for the context that gave it only: what another one has verified is not believed here.
        Span<byte> id = stackalloc byte[16];
        RandomNumberGenerator.Fill(id);
        fixed (byte* pointer = id)
        {
            _ = LibSsl.ContextSetSessionIdContext(handle, pointer, (uint)id.Length);
        }

        _ = LibSsl.ContextControl(handle, LibSsl.ControlSessionCacheMode, LibSsl.SessionCacheOff, 0);
        _ = LibSsl.ContextSetTickets(handle, 1);
        LibSsl.ContextSetAlpnCallback(handle, &TlsCallbacks.SelectProtocol, 0);
    }
}
