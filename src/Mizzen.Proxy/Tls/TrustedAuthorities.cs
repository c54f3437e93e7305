namespace Mizzen.Proxy.Tls;

/// <summary>Whose certificates are believed. Checked when it is made.</summary>
internal sealed class TrustedAuthorities
{
    // X509_V_FLAG_CRL_CHECK and X509_V_FLAG_CRL_CHECK_ALL.
    private const nuint CheckRevocation = 0x4 | 0x8;

    private readonly byte[]? _pem;
    private readonly byte[]? _revoked;

    private TrustedAuthorities(byte[]? pem, byte[]? revoked)
    {
        _pem = pem;
        _revoked = revoked;
    }

    /// <summary>The authorities that the machine trusts.</summary>
    public static TrustedAuthorities System { get; } = new(null, null);

    /// <summary>The certificates in PEM; null for <see cref="System"/>.</summary>
    public ReadOnlyMemory<byte>? Pem => _pem;

    /// <summary>Takes authorities in PEM, with revocation lists if there are some.</summary>
    /// <exception cref="InvalidDataException">A text cannot be read; the message begins with the field.</exception>
    public static TrustedAuthorities Of(byte[] pem, byte[]? revoked = null)
    {
        Free("trusted_ca", () => PemMaterial.Certificates(pem), LibCrypto.CertificateFree);
        if (revoked is not null)
        {
            Free("crl", () => PemMaterial.RevocationLists(revoked), LibCrypto.RevocationListFree);
        }

        return new TrustedAuthorities(pem, revoked);
    }

    /// <summary>Makes a context believe them; a server also tells its clients their names.</summary>
    public void UseIn(nint context, bool isServer)
    {
        if (_pem is null)
        {
            _ = LibSsl.ContextSetDefaultVerifyPaths(context);
            return;
        }

        var store = LibSsl.ContextGetStore(context);
        foreach (var authority in PemMaterial.Certificates(_pem))
        {
            _ = LibCrypto.StoreAdd(store, authority);
            if (isServer)
            {
                _ = LibSsl.ContextAddClientAuthority(context, authority);
            }

            LibCrypto.CertificateFree(authority);
        }

        UseRevocations(store);
    }

    private void UseRevocations(nint store)
    {
        if (_revoked is null)
        {
            return;
        }

        foreach (var list in PemMaterial.RevocationLists(_revoked))
        {
            _ = LibCrypto.StoreAddRevocationList(store, list);
            LibCrypto.RevocationListFree(list);
        }

        _ = LibCrypto.StoreSetFlags(store, CheckRevocation);
    }

    private static void Free(string field, Func<List<nint>> read, Action<nint> free)
    {
        try
        {
            read().ForEach(free);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{field}: {error.Message}", error);
        }
    }
}
