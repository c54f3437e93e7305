using Mizzen.Proxy.Admin;
using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Exchanges;
using Mizzen.Proxy.HealthChecks;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Listeners;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Overload;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tcp;
using Mizzen.Proxy.Transport;
using Mizzen.Proxy.Udp;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Serving;

/// <summary>One loop with everything that serves traffic on it. The methods that are called from outside post into the loop.</summary>
internal sealed class LoopWorker : IDisposable
{
    private const long FlushMilliseconds = 1000;

    private readonly HttpScratch _scratch = new();
    private readonly ITrafficObserver _observer;
    private readonly LoopUpstreams _upstreams;
    private readonly ExchangeServices _exchanges;
    private readonly TcpServices _tcp;
    private readonly ListenerSet _listeners;
    private readonly UdpListeners _udp;
    private readonly ActiveChecks? _checks;
    private readonly List<(string Binding, AdminListener Listener)> _admins = [];
    private readonly LoopTimer _flush;

    public LoopWorker(int index, EngineOptions options, DialOptions dial, SharedClusters clusters, long started)
    {
        Loop = new EventLoop(index, options.Clock, options.Log, started);
        _observer = options.Observer(index);
        _upstreams = new LoopUpstreams(Loop, _scratch, dial, clusters, (counter, amount) => _observer.Count(counter, amount));
        _observer.Attach(_upstreams);
        var gate = new ConnectionGate(options.Overload, _observer);
        _exchanges = new ExchangeServices(_upstreams, _observer, options.Identity, gate);
        _tcp = new TcpServices(_upstreams, _observer, gate);
        _listeners = new ListenerSet(_exchanges, _tcp, options.DrainTime);

        _udp = new UdpListeners(_upstreams, gate);

        // One loop asks for all: endpoints are not to be asked once per core.
        _checks = index == 0 ? new ActiveChecks(_upstreams) : null;
        _flush = new LoopTimer(Flush);
    }

    public EventLoop Loop { get; }

    public void Start()
    {
        Loop.Post(static state => ((LoopWorker)state!).Flush(), this);
        Loop.Start();
    }

    /// <summary>Takes a newer snapshot, with the listening sockets that are new, by binding.</summary>
    public void Apply(ProxySnapshot snapshot, IReadOnlyDictionary<string, int[]> opened) => Loop.Post(
        _ =>
        {
            _upstreams.Apply(snapshot);
            _checks?.Apply(snapshot);
            _listeners.Apply(
                [.. snapshot.Listeners.Where(static listener => listener.Udp is null)], opened.Where(static entry => !UdpListeners.IsFor(entry.Key)).ToDictionary());
            _udp.Apply(
                snapshot.Listeners.Where(static listener => listener is { Udp: not null, BindToPort: true }).DistinctBy(ListenerSet.BindingOf).ToDictionary(ListenerSet.BindingOf),
                opened.Where(static entry => UdpListeners.IsFor(entry.Key)).ToDictionary());
        },
        null);

    public void ServeAdmin(string binding, int socket, IAdminHandler handler) =>
        Loop.Post(_ => _admins.Add((binding, new AdminListener(Loop, _scratch, socket, handler))), null);

    /// <summary>Responses close their connections from now on.</summary>
    /// <param name="closesIdle">Idle connections close at once: a request that is on its way on one of them is lost.</param>
    public void Drain(bool closesIdle) => Loop.Post(
        _ =>
        {
            _exchanges.IsDraining = true;
            if (closesIdle)
            {
                _listeners.Drain();
            }
        },
        null);

    /// <summary>Copies of the listening sockets with what they are bound for; the caller closes them.</summary>
    public Task<(string Binding, int Socket)[]> CopySocketsAsync() => AskAsync<(string, int)[]>(
        () =>
        [
            .. _listeners.Sockets.Concat(_udp.Sockets).Concat(_admins.Select(static admin => (admin.Binding, admin.Listener.Socket)))
                .Select(static socket => (socket.Binding, Syscalls.Duplicate(socket.Socket))),
        ]);

    /// <summary>Listens no more, on no socket; connections stay.</summary>
    public Task StopListeningAsync() => AskAsync(
        () =>
        {
            _listeners.StopListening();
            _udp.Close();
            _admins.ForEach(static admin => admin.Listener.Close());
            _admins.Clear();
            return true;
        });

    /// <summary>Exchanges and TCP sessions under way.</summary>
    public Task<int> ActiveAsync() => AskAsync(() => _exchanges.Active + _tcp.Active);

    /// <summary>Runs a question on the loop.</summary>
    public Task<T> AskAsync<T>(Func<T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Loop.Post(_ => answer.SetResult(question()), null);
        return answer.Task;
    }

    /// <summary>Listens no more, ends all connections, hands over what was observed and ends the thread.</summary>
    public void Stop()
    {
        Loop.Post(
            _ =>
            {
                _listeners.Close();
                _udp.Close();
                _admins.ForEach(static admin => admin.Listener.Close());
                _tcp.EndAll();
                _checks?.Apply(ProxySnapshot.Empty);
                _upstreams.Apply(ProxySnapshot.Empty);
                _observer.Flush();
            },
            null);
        Loop.Stop();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tcp.Dispose();
        Loop.Dispose();
    }

    private void Flush()
    {
        _observer.Flush();
        Loop.Arm(_flush, FlushMilliseconds);
    }
}
