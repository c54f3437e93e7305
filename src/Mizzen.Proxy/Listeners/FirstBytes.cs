using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Listeners;

/// <summary>A listener's inspectors over the first bytes of a connection: TLS first, then HTTP, as in Envoy's order of listener filters. Pure.</summary>
internal static class FirstBytes
{
    /// <summary>What the bytes tell; null when more of them are needed.</summary>
    public static ConnectionTraits? Look(ListenerModel listener, ReadOnlySpan<byte> bytes)
    {
        if (listener.InspectTls && ClientHello.MayBegin(bytes))
        {
            var traits = ClientHello.Look(bytes);
            if (traits is null && bytes.Length < ClientHello.Longest)
            {
                return null;
            }

            if (traits is { IsTls: true })
            {
                return traits;
            }
        }

        if (!listener.InspectHttp)
        {
            return ConnectionTraits.Unknown;
        }

        return HttpDetection.Look(bytes) switch
        {
            Detected.Undecided => null,
            Detected.Http1 => ConnectionTraits.Http1,
            Detected.Http2 => ConnectionTraits.Http2,
            _ => ConnectionTraits.Unknown,
        };
    }
}
