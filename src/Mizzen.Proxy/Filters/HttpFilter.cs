using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Observation;

namespace Mizzen.Proxy.Filters;

/// <summary>What a filter has decided.</summary>
internal enum FilterVerdict
{
    /// <summary>The next filter's turn.</summary>
    Continue,

    /// <summary>The filter has answered; nothing more happens to the request.</summary>
    Responded,

    /// <summary>The filter has asked the host to wait; the next filter's turn comes then.</summary>
    Waiting,
}

/// <summary>
/// One step that a request takes between its route and its destination. Filters are compiled per destination and shared by all requests:
/// whatever belongs to one request lives in its record.
/// </summary>
internal abstract class HttpFilter
{
    public virtual FilterVerdict OnRequest(IFilterHost host) => FilterVerdict.Continue;

    /// <summary>The response's head, the filters' own answers included; called in reverse order.</summary>
    public virtual void OnResponse(IFilterHost host, ResponseHead head)
    {
    }
}

/// <summary>The exchange as a filter sees it.</summary>
internal interface IFilterHost
{
    ExchangeRecord Record { get; }

    /// <summary>The loop's dice.</summary>
    FastRandom Random { get; }

    PeerIdentity Identity { get; }

    /// <summary>Answers the request here. The filter must return <see cref="FilterVerdict.Responded"/>.</summary>
    void Respond(int status, ReadOnlySpan<byte> body, ResponseFlags flags, string details);

    /// <summary>Goes on after that many milliseconds. The filter must return <see cref="FilterVerdict.Waiting"/>.</summary>
    void WaitFor(long milliseconds);
}

/// <summary>What this proxy tells its peers about itself: values of x-envoy-peer-metadata-id and x-envoy-peer-metadata, both empty to tell nothing.</summary>
/// <param name="Id">The node's id.</param>
/// <param name="Metadata">Base64 of a serialized <c>google.protobuf.Struct</c>.</param>
internal sealed record PeerIdentity(byte[] Id, byte[] Metadata)
{
    public static PeerIdentity None { get; } = new([], []);
}
