namespace Mizzen.Proxy.Tls;

/// <summary>PEM texts as OpenSSL's objects. Whoever gets a handle frees it.</summary>
internal static unsafe class PemMaterial
{
    /// <summary>Every certificate of a PEM text, in its order.</summary>
    /// <exception cref="InvalidDataException">There is none, or one is damaged.</exception>
    public static List<nint> Certificates(ReadOnlySpan<byte> pem) => ReadAll(pem, "certificate", static bio => LibCrypto.ReadCertificate(bio, 0, 0, 0));

    /// <summary>Every revocation list of a PEM text.</summary>
    /// <exception cref="InvalidDataException">There is none, or one is damaged.</exception>
    public static List<nint> RevocationLists(ReadOnlySpan<byte> pem) => ReadAll(pem, "revocation list", static bio => LibCrypto.ReadRevocationList(bio, 0, 0, 0));

    /// <summary>The private key of a PEM text.</summary>
    /// <exception cref="InvalidDataException">There is none, or the password does not open it.</exception>
    public static nint PrivateKey(ReadOnlySpan<byte> pem, string password)
    {
        fixed (byte* data = pem)
        {
            var bio = LibCrypto.BioNewMemory(data, pem.Length);
            var key = LibCrypto.ReadPrivateKey(bio, 0, 0, password);
            _ = LibCrypto.BioFree(bio);
            return key != 0 ? key : throw new InvalidDataException($"it is not a private key in PEM: {OpenSsl.TakeReason()}");
        }
    }

    private static List<nint> ReadAll(ReadOnlySpan<byte> pem, string what, Func<nint, nint> readNext)
    {
        var found = new List<nint>();
        fixed (byte* data = pem)
        {
            var bio = LibCrypto.BioNewMemory(data, pem.Length);
            while (readNext(bio) is var item and not 0)
            {
                found.Add(item);
            }

            _ = LibCrypto.BioFree(bio);
        }

        var isAtEnd = (LibCrypto.PeekLastError() & 0x7fffff) == LibCrypto.PemNoStartLine;
        var reason = OpenSsl.TakeReason();
        if (isAtEnd && found.Count > 0)
        {
            return found;
        }

        throw new InvalidDataException(isAtEnd ? $"there is no {what} in PEM" : $"{what} {found.Count + 1} cannot be read: {reason}");
    }
}
