using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Filters.MetadataExchange;

/// <summary>
/// The server's half of Istio's metadata exchange: what the client's proxy says about itself is kept for the metrics and hidden from the
/// application; a client that has introduced itself learns who we are.
/// </summary>
internal sealed class PeerMetadataServerFilter : HttpFilter
{
    public override FilterVerdict OnRequest(IFilterHost host)
    {
        var request = host.Record.Request;
        host.Record.SetPeerMetadata(request.Get(KnownHeader.EnvoyPeerMetadata));
        PeerMetadata.Remove(request);
        return FilterVerdict.Continue;
    }

    public override void OnResponse(IFilterHost host, ResponseHead head)
    {
        PeerMetadata.Remove(head);
        if (!host.Record.PeerMetadata.IsEmpty)
        {
            PeerMetadata.Announce(head, host.Identity);
        }
    }
}

/// <summary>The client's half: nothing that an application sends or an outside server answers passes for metadata.</summary>
/// <remarks>Our own metadata is added when the endpoint is known, for workloads of the mesh only: <see cref="PeerMetadata.Announce"/>.</remarks>
internal sealed class PeerMetadataClientFilter : HttpFilter
{
    public override FilterVerdict OnRequest(IFilterHost host)
    {
        PeerMetadata.Remove(host.Record.Request);
        return FilterVerdict.Continue;
    }

    public override void OnResponse(IFilterHost host, ResponseHead head)
    {
        host.Record.SetPeerMetadata(head.Get(KnownHeader.EnvoyPeerMetadata));
        PeerMetadata.Remove(head);
    }
}

/// <summary>The two headers of the metadata exchange.</summary>
internal static class PeerMetadata
{
    public static void Announce(MessageHead head, PeerIdentity identity)
    {
        if (identity.Metadata.Length > 0)
        {
            head.Append("x-envoy-peer-metadata-id"u8, identity.Id);
            head.Append("x-envoy-peer-metadata"u8, identity.Metadata);
        }
    }

    public static void Remove(MessageHead head)
    {
        head.Remove(KnownHeader.EnvoyPeerMetadata);
        head.Remove(KnownHeader.EnvoyPeerMetadataId);
    }
}
