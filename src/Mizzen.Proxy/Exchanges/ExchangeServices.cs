using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Filters;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Overload;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Exchanges;

/// <summary>What the exchanges of one loop share, and the exchanges themselves, which are used again and again.</summary>
internal sealed class ExchangeServices(LoopUpstreams upstreams, ITrafficObserver observer, PeerIdentity identity, ConnectionGate gate)
{
    private const int Kept = 1024;

    private readonly Stack<Exchange> _free = new();
    private readonly Stack<MirroredRequest> _freeMirrors = new();

    public LoopUpstreams Upstreams { get; } = upstreams;

    public ITrafficObserver Observer { get; } = observer;

    public PeerIdentity Identity { get; } = identity;

    public ConnectionGate Gate { get; } = gate;

    public EventLoop Loop => Upstreams.Loop;

    public HttpScratch Scratch => Upstreams.Scratch;

    public FastRandom Random => Upstreams.Random;

    public DateField Date { get; } = new(upstreams.Loop);

    /// <summary>Responses say that the connection will be closed.</summary>
    public bool IsDraining { get; set; }

    /// <summary>Exchanges under way.</summary>
    public int Active { get; private set; }

    public Exchange Rent()
    {
        Active++;
        return _free.TryPop(out var exchange) ? exchange : new Exchange(this);
    }

    public MirroredRequest RentMirror() => _freeMirrors.TryPop(out var mirror) ? mirror : new MirroredRequest(this);

    public void Return(MirroredRequest mirror)
    {
        if (_freeMirrors.Count < Kept)
        {
            _freeMirrors.Push(mirror);
        }
    }

    public void Return(Exchange exchange)
    {
        Active--;
        if (_free.Count < Kept)
        {
            _free.Push(exchange);
        }
    }
}
