namespace Mizzen.Proxy.Tls;

/// <summary>A certificate chain with its private key, in PEM, the leaf first. Checked when it is made.</summary>
internal sealed class TlsCertificate
{
    private TlsCertificate(byte[] chain, byte[] key, string password)
    {
        Chain = chain;
        Key = key;
        Password = password;
    }

    public byte[] Chain { get; }

    /// <summary>Secret: never logged, never shown.</summary>
    public byte[] Key { get; }

    /// <summary>Opens an encrypted key; empty for a key that is not encrypted.</summary>
    public string Password { get; }

    /// <summary>Takes a chain and its key.</summary>
    /// <exception cref="InvalidDataException">Something is wrong with it; the message begins with the field, as in <c>TlsCertificate</c> of Envoy's API.</exception>
    public static TlsCertificate Of(byte[] chain, byte[] key, string password = "")
    {
        var certificate = new TlsCertificate(chain, key, password);
        certificate.UseIn(0);
        return certificate;
    }

    /// <summary>Makes a context present this certificate; with 0 it is only checked.</summary>
    public void UseIn(nint context)
    {
        var temporary = context == 0 ? LibSsl.ContextNew(LibSsl.TlsMethod()) : 0;
        try
        {
            Load(context == 0 ? temporary : context);
        }
        finally
        {
            LibSsl.ContextFree(temporary);
        }
    }

    private void Load(nint context)
    {
        var certificates = Named("certificate_chain", () => PemMaterial.Certificates(Chain));
        try
        {
            Require(LibSsl.ContextUseCertificate(context, certificates[0]), "certificate_chain");
            foreach (var issuer in certificates.Skip(1))
            {
                Require((int)LibSsl.ContextControl(context, LibSsl.ControlChainCertificate, 1, issuer), "certificate_chain");
            }
        }
        finally
        {
            certificates.ForEach(LibCrypto.CertificateFree);
        }

        var key = Named("private_key", () => PemMaterial.PrivateKey(Key, Password));
        try
        {
            if (LibSsl.ContextUsePrivateKey(context, key) != 1 || LibSsl.ContextCheckPrivateKey(context) != 1)
            {
                throw new InvalidDataException($"private_key: it does not fit the certificate ({OpenSsl.TakeReason()})");
            }
        }
        finally
        {
            LibCrypto.KeyFree(key);
        }
    }

    private static T Named<T>(string field, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{field}: {error.Message}", error);
        }
    }

    private static void Require(int result, string field)
    {
        if (result != 1)
        {
            throw new InvalidDataException($"{field}: {OpenSsl.TakeReason()}");
        }
    }
}
