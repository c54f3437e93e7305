using Mizzen.ControlPlane.Ingest;
using Mizzen.ControlPlane.Metrics;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Translation;
using Mizzen.Xds.Sessions;

namespace Mizzen.ControlPlane.Push;

/// <summary>What each proxy is to have now. Translations run on as many cores as there are, not more, however many proxies ask.</summary>
internal sealed class ProxyConfiguration : IDisposable
{
    private const int PushesOfCore = 8;
    private static readonly TimeSpan PushPatience = TimeSpan.FromMilliseconds(500);

    private readonly Func<MeshSnapshot, ProxyView, ProxyResources> _translate;
    private readonly ResourceEncoding _encoding = new();
    private readonly SemaphoreSlim _cores = new(Environment.ProcessorCount);
    private readonly IMeshSource _mesh;
    private readonly TimeProvider _clock;
    private State _state;

    /// <param name="mesh">Where the mesh comes from.</param>
    /// <param name="translate">What a proxy is to have, as a pure function.</param>
    /// <param name="metrics">Shows the size of the mesh.</param>
    /// <param name="clock">Measures how old the mesh is.</param>
    public ProxyConfiguration(IMeshSource mesh, Func<MeshSnapshot, ProxyView, ProxyResources> translate, PilotMetrics metrics, TimeProvider clock)
    {
        _mesh = mesh;
        _translate = translate;
        _clock = clock;
        _state = new State(mesh.Current, clock.GetTimestamp());
        Throttle = new PushThrottle(PushesOfCore * Environment.ProcessorCount, PushPatience, clock);
        mesh.Changed += Take;
        metrics.Observe("pilot_services", () => Snapshot.Resources.Services.Count);
        metrics.Observe("pilot_virt_services", () => Snapshot.Resources.VirtualServices.Count);
    }

    /// <summary>Tells that proxies are to have something else.</summary>
    public event Action? Changed;

    /// <summary>Through which everything is written to proxies.</summary>
    public PushThrottle Throttle { get; }

    /// <summary>The mesh now.</summary>
    public MeshSnapshot Snapshot => Volatile.Read(ref _state).Snapshot;

    /// <summary>Which mesh it is; 0 until there is one.</summary>
    public long Version => Snapshot.Version;

    /// <summary>How long ago the mesh became what it is.</summary>
    public TimeSpan Age => _clock.GetElapsedTime(Volatile.Read(ref _state).Since);

    /// <summary>What a proxy is to have, and of which mesh.</summary>
    public async Task<(WantedResources Wanted, long Version)> ForAsync(ProxyView proxy, CancellationToken cancellationToken)
    {
        await _cores.WaitAsync(cancellationToken);
        try
        {
            var snapshot = Snapshot;
            return (_encoding.Encode(_translate(snapshot, proxy)), snapshot.Version);
        }
        finally
        {
            _cores.Release();
        }
    }

    /// <summary>Tells that a proxy was given a version of the mesh. The last one to tell says how long a change takes now.</summary>
    public void Served(long version)
    {
        if (version == Version)
        {
            _mesh.Space(Age);
        }
    }

    /// <summary>What a proxy is to have now, as messages.</summary>
    public ProxyResources ResourcesFor(ProxyView proxy) => _translate(Snapshot, proxy);

    public void Dispose()
    {
        _mesh.Changed -= Take;
        _cores.Dispose();
        Throttle.Dispose();
    }

    private void Take(MeshSnapshot snapshot)
    {
        Volatile.Write(ref _state, new State(snapshot, _clock.GetTimestamp()));
        Changed?.Invoke();
    }

    private sealed record State(MeshSnapshot Snapshot, long Since);
}
