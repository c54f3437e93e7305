using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Mizzen.Proxy.Tls;

/// <summary>What libssl asks in the middle of a call. The connection at work on this thread answers.</summary>
[SuppressMessage("Style", "IDE0060:Remove unused parameter", Justification = "libssl decides what its callbacks are told")]
internal static unsafe class TlsCallbacks
{
    [ThreadStatic]
    private static TlsTransport? _current;

    /// <summary>Sets the connection whose SSL is about to be called; null afterwards.</summary>
    public static void SetCurrent(TlsTransport? transport) => _current = transport;

    /// <summary>Verifies the peer's chain, then whether its names are those that we want.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static int Verify(nint storeContext, nint argument)
    {
        var names = _current!.Names;
        if (!_current.VerifiesPeer)
        {
            return 1;
        }

        if (LibCrypto.Verify(storeContext) != 1)
        {
            return 0;
        }

        if (names is null || names.Covers(LibCrypto.StoreContextCertificate(storeContext)))
        {
            return 1;
        }

        _current.IsWrongPeer = true;
        LibCrypto.StoreContextSetError(storeContext, LibCrypto.VerifyErrorApplication);
        return 0;
    }

    /// <summary>Chooses the application protocol: the first of ours that the client has; without one the connection goes on without ALPN (as Envoy does).</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static int SelectProtocol(nint ssl, byte** selected, byte* selectedLength, byte* offered, uint offeredLength, nint argument)
    {
        var ours = _current!.OfferedProtocols;
        if (ours.Length == 0)
        {
            return LibSsl.AlpnNone;
        }

        // The result points into the client's list, which outlives the call.
        for (var i = 0; i < ours.Length; i += ours[i] + 1)
        {
            var wanted = ours.AsSpan(i + 1, ours[i]);
            for (var at = 0; at < offeredLength; at += offered[at] + 1)
            {
                if (new ReadOnlySpan<byte>(offered + at + 1, offered[at]).SequenceEqual(wanted))
                {
                    *selected = offered + at + 1;
                    *selectedLength = offered[at];
                    return LibSsl.AlpnOk;
                }
            }
        }

        return LibSsl.AlpnNone;
    }

    /// <summary>A server has sent a ticket: it is kept for the next connection to the same endpoint.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static int OnNewSession(nint ssl, nint session) => _current!.TryKeepSession(session) ? 1 : 0;
}
