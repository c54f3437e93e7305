using System.Runtime.InteropServices;

namespace Mizzen.Proxy.Tls;

/// <summary>The functions of OpenSSL's libcrypto that the engine calls, by their own names. Handles are pointers; 0 is none.</summary>
internal static unsafe partial class LibCrypto
{
    public const string Library = "libcrypto.so.3";

    public const int BioFlagRead = 0x01;
    public const int BioFlagShouldRetry = 0x08;
    public const int BioControlFlush = 11;
    public const int BioTypeSourceSink = 0x0400;

    public const int NidSubjectAlternativeName = 85;
    public const int NameDns = 2;
    public const int NameUri = 6;
    public const int NameAddress = 7;

    /// <summary>XN_FLAG_RFC2253.</summary>
    public const nuint Rfc2253 = 0x1110317;

    /// <summary>X509_V_ERR_APPLICATION_VERIFICATION.</summary>
    public const int VerifyErrorApplication = 50;

    /// <summary>PEM_R_NO_START_LINE: the end of a PEM file.</summary>
    public const int PemNoStartLine = 108;

    [LibraryImport(Library, EntryPoint = "OPENSSL_version_major")]
    public static partial uint VersionMajor();

    [LibraryImport(Library, EntryPoint = "BIO_get_new_index")]
    public static partial int BioNewIndex();

    [LibraryImport(Library, EntryPoint = "BIO_meth_new", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint BioMethodNew(int type, string name);

    [LibraryImport(Library, EntryPoint = "BIO_meth_set_read")]
    public static partial int BioMethodSetRead(nint method, delegate* unmanaged[Cdecl]<nint, byte*, int, int> read);

    [LibraryImport(Library, EntryPoint = "BIO_meth_set_write")]
    public static partial int BioMethodSetWrite(nint method, delegate* unmanaged[Cdecl]<nint, byte*, int, int> write);

    [LibraryImport(Library, EntryPoint = "BIO_meth_set_ctrl")]
    public static partial int BioMethodSetControl(nint method, delegate* unmanaged[Cdecl]<nint, int, nint, nint, nint> control);

    [LibraryImport(Library, EntryPoint = "BIO_new")]
    public static partial nint BioNew(nint method);

    [LibraryImport(Library, EntryPoint = "BIO_new_mem_buf")]
    public static partial nint BioNewMemory(byte* buffer, int length);

    [LibraryImport(Library, EntryPoint = "BIO_s_mem")]
    public static partial nint BioMemory();

    [LibraryImport(Library, EntryPoint = "BIO_read")]
    public static partial int BioRead(nint bio, byte* buffer, int length);

    [LibraryImport(Library, EntryPoint = "BIO_up_ref")]
    public static partial int BioAddReference(nint bio);

    [LibraryImport(Library, EntryPoint = "BIO_free")]
    public static partial int BioFree(nint bio);

    [LibraryImport(Library, EntryPoint = "BIO_set_data")]
    public static partial void BioSetData(nint bio, void* data);

    [LibraryImport(Library, EntryPoint = "BIO_get_data")]
    [SuppressGCTransition]
    public static partial void* BioGetData(nint bio);

    [LibraryImport(Library, EntryPoint = "BIO_set_init")]
    public static partial void BioSetInitialized(nint bio, int value);

    [LibraryImport(Library, EntryPoint = "BIO_set_flags")]
    [SuppressGCTransition]
    public static partial void BioSetFlags(nint bio, int flags);

    [LibraryImport(Library, EntryPoint = "BIO_clear_flags")]
    [SuppressGCTransition]
    public static partial void BioClearFlags(nint bio, int flags);

    [LibraryImport(Library, EntryPoint = "PEM_read_bio_X509")]
    public static partial nint ReadCertificate(nint bio, nint target, nint callback, nint argument);

    [LibraryImport(Library, EntryPoint = "PEM_read_bio_X509_CRL")]
    public static partial nint ReadRevocationList(nint bio, nint target, nint callback, nint argument);

    [LibraryImport(Library, EntryPoint = "PEM_read_bio_PrivateKey", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint ReadPrivateKey(nint bio, nint target, nint callback, string password);

    [LibraryImport(Library, EntryPoint = "X509_free")]
    public static partial void CertificateFree(nint certificate);

    [LibraryImport(Library, EntryPoint = "X509_CRL_free")]
    public static partial void RevocationListFree(nint list);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_free")]
    public static partial void KeyFree(nint key);

    [LibraryImport(Library, EntryPoint = "X509_STORE_add_cert")]
    public static partial int StoreAdd(nint store, nint certificate);

    [LibraryImport(Library, EntryPoint = "X509_STORE_add_crl")]
    public static partial int StoreAddRevocationList(nint store, nint list);

    [LibraryImport(Library, EntryPoint = "X509_STORE_set_flags")]
    public static partial int StoreSetFlags(nint store, nuint flags);

    [LibraryImport(Library, EntryPoint = "X509_verify_cert")]
    public static partial int Verify(nint storeContext);

    [LibraryImport(Library, EntryPoint = "X509_STORE_CTX_get0_cert")]
    public static partial nint StoreContextCertificate(nint storeContext);

    [LibraryImport(Library, EntryPoint = "X509_STORE_CTX_set_error")]
    public static partial void StoreContextSetError(nint storeContext, int error);

    [LibraryImport(Library, EntryPoint = "X509_verify_cert_error_string")]
    public static partial nint VerifyErrorText(nint error);

    [LibraryImport(Library, EntryPoint = "X509_get_ext_d2i")]
    public static partial nint GetExtension(nint certificate, int nid, nint critical, nint index);

    [LibraryImport(Library, EntryPoint = "OPENSSL_sk_num")]
    public static partial int StackCount(nint stack);

    [LibraryImport(Library, EntryPoint = "OPENSSL_sk_value")]
    public static partial nint StackValue(nint stack, int index);

    [LibraryImport(Library, EntryPoint = "GENERAL_NAME_get0_value")]
    public static partial nint GeneralName(nint name, int* type);

    [LibraryImport(Library, EntryPoint = "GENERAL_NAMES_free")]
    public static partial void GeneralNamesFree(nint names);

    [LibraryImport(Library, EntryPoint = "ASN1_STRING_get0_data")]
    public static partial byte* StringData(nint text);

    [LibraryImport(Library, EntryPoint = "ASN1_STRING_length")]
    public static partial int StringLength(nint text);

    [LibraryImport(Library, EntryPoint = "i2d_X509")]
    public static partial int CertificateToDer(nint certificate, byte** target);

    [LibraryImport(Library, EntryPoint = "X509_get_subject_name")]
    public static partial nint SubjectName(nint certificate);

    [LibraryImport(Library, EntryPoint = "X509_NAME_print_ex")]
    public static partial int PrintName(nint bio, nint name, int indent, nuint flags);

    [LibraryImport(Library, EntryPoint = "EVP_sha256")]
    public static partial nint Sha256();

    [LibraryImport(Library, EntryPoint = "X509_digest")]
    public static partial int CertificateDigest(nint certificate, nint algorithm, byte* digest, uint* length);

    [LibraryImport(Library, EntryPoint = "ERR_get_error")]
    public static partial nuint TakeError();

    [LibraryImport(Library, EntryPoint = "ERR_peek_last_error")]
    public static partial nuint PeekLastError();

    [LibraryImport(Library, EntryPoint = "ERR_clear_error")]
    public static partial void ClearErrors();

    [LibraryImport(Library, EntryPoint = "ERR_reason_error_string")]
    public static partial nint ErrorReason(nuint error);
}
