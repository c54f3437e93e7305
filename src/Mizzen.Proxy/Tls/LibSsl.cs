using System.Runtime.InteropServices;

namespace Mizzen.Proxy.Tls;

/// <summary>The functions of OpenSSL's libssl that the engine calls, by their own names. Handles are pointers; 0 is none.</summary>
internal static unsafe partial class LibSsl
{
    public const string Library = "libssl.so.3";

    public const int ErrorNone = 0;
    public const int ErrorSsl = 1;
    public const int ErrorWantRead = 2;
    public const int ErrorZeroReturn = 6;

    public const int VerifyNone = 0;
    public const int VerifyPeer = 1;
    public const int VerifyFailIfNoPeerCertificate = 2;

    public const int Tls12 = 0x0303;
    public const int Tls13 = 0x0304;

    public const ulong OptionNoRenegotiation = 1UL << 30;
    public const ulong OptionNoCompression = 1UL << 17;
    public const ulong OptionCipherServerPreference = 1UL << 22;

    public const int ControlMode = 33;
    public const int ControlReadAhead = 41;
    public const int ControlSessionCacheMode = 44;
    public const int ControlServerName = 55;
    public const int ControlChainCertificate = 89;
    public const int ControlGroupsList = 92;
    public const int ControlMinimumVersion = 123;
    public const int ControlMaximumVersion = 124;

    public const int ModeAcceptMovingWriteBuffer = 0x2;
    public const int ModeReleaseBuffers = 0x10;

    public const int SessionCacheOff = 0;
    public const int SessionCacheClient = 0x1;
    public const int SessionCacheNoInternal = 0x300;

    /// <summary>SSL_SENT_SHUTDOWN and SSL_RECEIVED_SHUTDOWN.</summary>
    public const int ShutdownBoth = 3;

    /// <summary>ALPN callback results (SSL_TLSEXT_ERR_…).</summary>
    public const int AlpnOk = 0;
    public const int AlpnNone = 3;

    [LibraryImport(Library, EntryPoint = "TLS_method")]
    public static partial nint TlsMethod();

    [LibraryImport(Library, EntryPoint = "SSL_CTX_new")]
    public static partial nint ContextNew(nint method);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_free")]
    public static partial void ContextFree(nint context);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_ctrl")]
    public static partial nint ContextControl(nint context, int command, nint number, nint pointer);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_options")]
    public static partial ulong ContextSetOptions(nint context, ulong options);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_use_certificate")]
    public static partial int ContextUseCertificate(nint context, nint certificate);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_use_PrivateKey")]
    public static partial int ContextUsePrivateKey(nint context, nint key);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_check_private_key")]
    public static partial int ContextCheckPrivateKey(nint context);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_get_cert_store")]
    public static partial nint ContextGetStore(nint context);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_add_client_CA")]
    public static partial int ContextAddClientAuthority(nint context, nint certificate);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_default_verify_paths")]
    public static partial int ContextSetDefaultVerifyPaths(nint context);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_cipher_list", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ContextSetCipherList(nint context, string list);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_session_id_context")]
    public static partial int ContextSetSessionIdContext(nint context, byte* id, uint length);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_num_tickets")]
    public static partial int ContextSetTickets(nint context, nint count);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_cert_verify_callback")]
    public static partial void ContextSetVerifyCallback(nint context, delegate* unmanaged[Cdecl]<nint, nint, int> callback, nint argument);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_alpn_select_cb")]
    public static partial void ContextSetAlpnCallback(
        nint context, delegate* unmanaged[Cdecl]<nint, byte**, byte*, byte*, uint, nint, int> callback, nint argument);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_sess_set_new_cb")]
    public static partial void ContextSetNewSessionCallback(nint context, delegate* unmanaged[Cdecl]<nint, nint, int> callback);

    [LibraryImport(Library, EntryPoint = "SSL_new")]
    public static partial nint New(nint context);

    [LibraryImport(Library, EntryPoint = "SSL_free")]
    public static partial void Free(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_set_bio")]
    public static partial void SetBio(nint ssl, nint read, nint write);

    [LibraryImport(Library, EntryPoint = "SSL_set_accept_state")]
    public static partial void SetAcceptState(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_set_connect_state")]
    public static partial void SetConnectState(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_set_verify")]
    public static partial void SetVerify(nint ssl, int mode, nint callback);

    [LibraryImport(Library, EntryPoint = "SSL_do_handshake")]
    public static partial int DoHandshake(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_read")]
    public static partial int Read(nint ssl, byte* buffer, int count);

    [LibraryImport(Library, EntryPoint = "SSL_has_pending")]
    public static partial int HasPending(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_write")]
    public static partial int Write(nint ssl, byte* buffer, int count);

    [LibraryImport(Library, EntryPoint = "SSL_shutdown")]
    public static partial int Shutdown(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_set_shutdown")]
    public static partial void SetShutdown(nint ssl, int mode);

    [LibraryImport(Library, EntryPoint = "SSL_get_error")]
    public static partial int GetError(nint ssl, int result);

    [LibraryImport(Library, EntryPoint = "SSL_ctrl")]
    public static partial nint Control(nint ssl, int command, nint number, nint pointer);

    [LibraryImport(Library, EntryPoint = "SSL_set_alpn_protos")]
    public static partial int SetAlpn(nint ssl, byte* protocols, uint length);

    [LibraryImport(Library, EntryPoint = "SSL_get0_alpn_selected")]
    public static partial void GetAlpn(nint ssl, byte** protocol, uint* length);

    [LibraryImport(Library, EntryPoint = "SSL_get_servername")]
    public static partial nint GetServerName(nint ssl, int type);

    [LibraryImport(Library, EntryPoint = "SSL_get_peer_cert_chain")]
    public static partial nint GetPeerChain(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_get0_peer_certificate")]
    public static partial nint GetPeerCertificate(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_get_certificate")]
    public static partial nint GetOwnCertificate(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_get_verify_result")]
    public static partial nint GetVerifyResult(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_get_version")]
    public static partial nint GetVersion(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_get_current_cipher")]
    public static partial nint GetCipher(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_CIPHER_get_name")]
    public static partial nint CipherName(nint cipher);

    [LibraryImport(Library, EntryPoint = "SSL_set_session")]
    public static partial int SetSession(nint ssl, nint session);

    [LibraryImport(Library, EntryPoint = "SSL_session_reused")]
    public static partial int SessionReused(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_SESSION_free")]
    public static partial void SessionFree(nint session);
}
