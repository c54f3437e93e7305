using System.Collections.Concurrent;
using System.Net;

using Mizzen.Proxy.Admin;
using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Listeners;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Serving;

/// <summary>
/// The data plane: loops that serve the snapshot published last. Its methods may be called from any thread but a loop's;
/// <see cref="Publish"/> from one at a time.
/// </summary>
internal sealed class Engine : IAsyncDisposable
{
    private static readonly TimeSpan DrainPoll = TimeSpan.FromMilliseconds(50);

    private readonly EngineOptions _options;
    private readonly LoopWorker[] _workers;
    private readonly SharedClusters _clusters = new();
    private readonly long _startedAt;
    private readonly Lock _publishing = new();
    private readonly HashSet<string> _bound = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, IPEndPoint> _addresses = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, string> _failures = new Dictionary<string, string>();
    private bool _started;
    private bool _stopped;

    public Engine(EngineOptions options)
    {
        _options = options;
        var loops = options.Loops > 0 ? options.Loops : Environment.ProcessorCount;
        _startedAt = options.Clock.GetTimestamp();
        var dial = new DialOptions(options.Mark, options.Log);
        _workers = [.. Enumerable.Range(0, loops).Select(index => new LoopWorker(index, options, dial, _clusters, _startedAt))];
    }

    /// <summary>The snapshot published last.</summary>
    public ProxySnapshot Snapshot { get; private set; } = ProxySnapshot.Empty;

    /// <summary>Listeners of the snapshot that cannot be bound, by name, with the reason. They are tried again with every snapshot.</summary>
    public IReadOnlyDictionary<string, string> ListenerFailures => Volatile.Read(ref _failures);

    /// <summary>A complete configuration is served on all its listeners.</summary>
    public bool IsReady => _started && Snapshot.IsComplete && ListenerFailures.Count == 0;

    /// <summary>True from <see cref="DrainAsync"/> on.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Starts the loops.</summary>
    public void Start()
    {
        foreach (var worker in _workers)
        {
            worker.Start();
        }

        _started = true;
    }

    /// <summary>Makes a snapshot the one that is served. What cannot be bound is logged and kept in <see cref="ListenerFailures"/>; the rest is served.</summary>
    public void Publish(ProxySnapshot snapshot)
    {
        lock (_publishing)
        {
            if (_stopped)
            {
                return;
            }

            var opened = Bind(snapshot);
            Snapshot = snapshot;
            for (var i = 0; i < _workers.Length; i++)
            {
                var index = i;
                _workers[i].Apply(snapshot, opened.ToDictionary(entry => entry.Key, entry => Share(entry.Value, index), StringComparer.Ordinal));
            }
        }
    }

    /// <summary>Serves a handler on an address, on the first loop, until the engine ends. Returns the address, with the port that the kernel chose for port 0.</summary>
    /// <exception cref="IOException">The address cannot be bound.</exception>
    public IPEndPoint ServeAdmin(IPEndPoint address, IAdminHandler handler)
    {
        var binding = $"admin/{address}";
        var sockets = Listen(binding, address, 1, out var bound);
        foreach (var socket in sockets)
        {
            _workers[0].ServeAdmin(binding, socket, handler);
        }

        return bound;
    }

    /// <summary>Where a listener of the snapshot listens; null when it does not.</summary>
    public IPEndPoint? AddressOf(string listener) =>
        Snapshot.Listeners.FirstOrDefault(model => model.Name == listener && model.BindToPort) is { } model
            ? _addresses.GetValueOrDefault(ListenerSet.BindingOf(model))
            : null;

    /// <summary>Why the proxy itself leaves an endpoint out.</summary>
    public EndpointVerdict VerdictOf(ClusterKey cluster, IPEndPoint endpoint) =>
        _clusters.Of(cluster).VerdictOf(NetAddress.Of(endpoint), (long)_options.Clock.GetElapsedTime(_startedAt).TotalMilliseconds);

    /// <summary>Exchanges and TCP sessions under way.</summary>
    public async Task<int> ActiveAsync() => (await Task.WhenAll(_workers.Select(worker => worker.ActiveAsync()))).Sum();

    /// <summary>Bytes that the loops' threads have allocated so far: it stands still under steady traffic.</summary>
    public async Task<long> AllocatedAsync() =>
        (await Task.WhenAll(_workers.Select(worker => worker.AskAsync(GC.GetAllocatedBytesForCurrentThread)))).Sum();

    /// <summary>
    /// Lets the clients go: responses say that the connection closes, idle connections close now. Returns when nothing is under way any more or
    /// <paramref name="limit"/> is over. New connections are still accepted, because clients learn late that we leave.
    /// </summary>
    public Task DrainAsync(TimeSpan limit)
    {
        Drain(closesIdle: true);
        return WaitAsync(async () => await ActiveAsync() == 0, limit);
    }

    /// <summary>
    /// Lets the clients go without haste: each connection closes with its next response, so that no request is lost. Returns when there are no
    /// connections any more or <paramref name="limit"/> is over.
    /// </summary>
    public Task RetireAsync(TimeSpan limit)
    {
        Drain(closesIdle: false);
        return WaitAsync(() => Task.FromResult(_options.Overload.Connections == 0), limit);
    }

    /// <summary>Copies of all listening sockets with what they are bound for; the caller closes them.</summary>
    public async Task<IReadOnlyList<(string Binding, int Socket)>> CopySocketsAsync() =>
        [.. (await Task.WhenAll(_workers.Select(worker => worker.CopySocketsAsync()))).SelectMany(static sockets => sockets)];

    /// <summary>Listens no more, on no socket; connections stay.</summary>
    public Task StopListeningAsync() => Task.WhenAll(_workers.Select(worker => worker.StopListeningAsync()));

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_publishing)
        {
            if (_stopped)
            {
                return ValueTask.CompletedTask;
            }

            _stopped = true;
        }

        foreach (var worker in _workers)
        {
            if (_started)
            {
                worker.Stop();
            }

            worker.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private int[] Share(int[] sockets, int index) => [.. sockets.Where((_, number) => number % _workers.Length == index)];

    private int[] Listen(string binding, IPEndPoint address, int count, out IPEndPoint bound, bool isDatagram = false) =>
        _options.Inherited.Take(binding) is { } sockets
            ? ListeningSocket.Adopt(sockets, count, out bound, isDatagram)
            : ListeningSocket.Open(address, count, out bound, isDatagram);

    private void Drain(bool closesIdle)
    {
        IsDraining = true;
        foreach (var worker in _workers)
        {
            worker.Drain(closesIdle);
        }
    }

    private async Task WaitAsync(Func<Task<bool>> isDone, TimeSpan limit)
    {
        var start = _options.Clock.GetTimestamp();
        while (!await isDone() && _options.Clock.GetElapsedTime(start) < limit)
        {
            await Task.Delay(DrainPoll, _options.Clock, CancellationToken.None);
        }
    }

    /// <summary>Opens sockets for what is new; the loops close what is gone.</summary>
    private Dictionary<string, int[]> Bind(ProxySnapshot snapshot)
    {
        var opened = new Dictionary<string, int[]>(StringComparer.Ordinal);
        var failures = new Dictionary<string, string>(StringComparer.Ordinal);
        var wanted = snapshot.Listeners.Where(listener => listener.BindToPort).ToLookup(ListenerSet.BindingOf, StringComparer.Ordinal);
        foreach (var binding in wanted.Where(binding => !_bound.Contains(binding.Key)))
        {
            var listener = binding.First();
            try
            {
                opened[binding.Key] = Listen(binding.Key, listener.Address, _workers.Length, out var address, listener.Udp is not null);
                _addresses[binding.Key] = address;
            }
            catch (IOException error)
            {
                failures[listener.Name] = error.Message;
                _options.Log.Error($"listener {listener.Name}: {error.Message}");
            }
        }

        _bound.RemoveWhere(binding => !wanted.Contains(binding));
        _bound.UnionWith(opened.Keys);
        Volatile.Write(ref _failures, failures);
        return opened;
    }
}
