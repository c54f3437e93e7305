using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>Hears of configuration as it becomes valid, on the control thread.</summary>
internal interface IConfigurationSink
{
    /// <summary>This serves from now on.</summary>
    /// <param name="snapshot">The compiled configuration.</param>
    /// <param name="messages">What it was made of: type, name, message. Not changed afterwards.</param>
    void Publish(ProxySnapshot snapshot, IReadOnlyList<(string TypeUrl, string Name, IMessage Message)> messages);

    /// <summary>Something was refused; what served before keeps serving.</summary>
    void Refuse(string reasons);
}

/// <summary>The resource store with the one lock under which it changes, and the news that it did.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "lives as long as the process")]
internal sealed class LiveConfiguration(ResourceStore store, IConfigurationSink sink)
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the next publication.</summary>
    public Task NextChange => _changed.Task;

    /// <summary>Runs <paramref name="change"/> on the store and publishes what became of it.</summary>
    public async Task<T> ChangeAsync<T>(Func<ResourceStore, T> change, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var result = change(store);
            Publish();
            return result;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Tells of a refusal.</summary>
    public void Refuse(string reasons) => sink.Refuse(reasons);

    /// <summary>The clusters whose endpoints are host names now.</summary>
    public async Task<IReadOnlyList<Envoy.Config.Cluster.V3.Cluster>> DnsClustersAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return [.. store.DnsClusters];
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The files that the configuration was read from, beside its messages.</summary>
    public async Task<IReadOnlySet<string>> FilesAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return store.Files;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Takes what a host name of a cluster resolves to, and publishes when it is news.</summary>
    public async Task ResolveAsync(string cluster, IReadOnlyList<EndpointModel> endpoints, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (store.Resolve(cluster, endpoints))
            {
                Publish();
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private void Publish()
    {
        sink.Publish(store.Snapshot(), [.. store.Messages()]);
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }
}
