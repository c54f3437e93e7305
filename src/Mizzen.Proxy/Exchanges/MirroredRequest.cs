using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Filters.MetadataExchange;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Transport;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Exchanges;

/// <summary>
/// A copy of a request for another cluster (<c>request_mirror_policies</c>). It goes out when the request is complete, once, and its answer
/// is read and dropped: whatever becomes of it, the request knows nothing of it. One whose body is too long to keep is not sent.
/// </summary>
internal sealed class MirroredRequest : PoolWaiter, IResponseHandler
{
    private readonly ExchangeServices _services;
    private readonly RequestHead _head = new();
    private readonly ReplayBuffer _body;
    private readonly LoopTimer _timeout;
    private ClusterState? _cluster;
    private EndpointState? _endpoint;
    private ClientStream? _stream;
    private NetAddress _destination;
    private ulong? _key;
    private bool _keepsBody;

    public MirroredRequest(ExchangeServices services)
    {
        _services = services;
        _body = new ReplayBuffer(services.Loop.Buffers);
        _timeout = new LoopTimer(Drop);
    }

    /// <summary>Copies the head as routing has left it.</summary>
    public void Begin(RequestHead request, ClusterState cluster, NetAddress destination, ulong? key, bool countsAttempts)
    {
        _head.CopyFrom(_services.Loop.Buffers, request);
        if (countsAttempts)
        {
            _head.Set("x-envoy-attempt-count"u8, "1"u8);
        }

        _cluster = cluster;
        _destination = destination;
        _key = key;
        _keepsBody = true;
    }

    public void Append(ReadOnlySpan<byte> data) => _keepsBody = _keepsBody && _body.TryAppend(data);

    /// <summary>The request is complete: sends the copy.</summary>
    /// <param name="timeout">Milliseconds for the answer; 0 for as long as it takes.</param>
    public void Send(long timeout)
    {
        _endpoint = _keepsBody ? _services.Upstreams.Choose(_cluster!, _destination, _key) : null;
        if (_endpoint is not { } endpoint)
        {
            End();
            return;
        }

        endpoint.Active++;
        PeerMetadata.Remove(_head);
        if (endpoint.Model.Workload.Length > 0)
        {
            PeerMetadata.Announce(_head, _services.Identity);
        }

        if (timeout > 0)
        {
            _services.Loop.Arm(_timeout, timeout);
        }

        _services.Upstreams.PoolOf(endpoint, _head.Version == 20).Acquire(this);
    }

    /// <summary>Forgets it, whatever has been sent.</summary>
    public void Drop()
    {
        WaitingIn?.Withdraw(this);
        var stream = _stream;
        _stream = null;
        stream?.Cancel();
        End();
    }

    public override void OnStream(ClientStream stream)
    {
        _stream = stream;
        var endsWithHead = _body.Length == 0 && _head.Framing != BodyFraming.Chunked;
        stream.Send(_head, this, endsWithHead);
        if (!endsWithHead)
        {
            _body.WriteTo(stream);
            stream.WriteEnd(null);
        }
    }

    public override void OnNoConnection(UpstreamFault fault, int error, string? reason)
    {
        if (fault != UpstreamFault.Overflow)
        {
            Outliers.OnFailure(_endpoint!, 503, _services.Loop.Now);
        }

        End();
    }

    public void OnInformational(ResponseHead head)
    {
    }

    public void OnResponse(ResponseHead head, bool endOfResponse)
    {
        Outliers.OnStatus(_endpoint!, head.Status, _services.Loop.Now);
        if (endOfResponse)
        {
            Finish();
        }
    }

    public void OnResponseData(ReadOnlySpan<byte> data)
    {
    }

    public void OnResponseEnd(Trailers? trailers) => Finish();

    public void OnRequestCongested()
    {
    }

    public void OnRequestDrained()
    {
    }

    public void OnUpstreamGone(UpstreamFault fault, bool received)
    {
        Outliers.OnFailure(_endpoint!, 503, _services.Loop.Now);
        Finish();
    }

    private void Finish()
    {
        _stream = null;
        End();
    }

    private void End()
    {
        if (_endpoint is { } endpoint)
        {
            _endpoint = null;
            endpoint.Active--;
            LoopUpstreams.ForgetIfUnused(endpoint);
        }

        _services.Loop.Disarm(_timeout);
        _head.Clear();
        _body.Clear();
        _cluster = null;
        _services.Return(this);
    }
}
