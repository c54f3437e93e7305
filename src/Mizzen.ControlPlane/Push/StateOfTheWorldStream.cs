using Envoy.Service.Discovery.V3;
using Grpc.Core;
using Mizzen.Xds.Sessions;

namespace Mizzen.ControlPlane.Push;

/// <summary>A state-of-the-world stream in the place of a delta stream. It is read and written by different tasks.</summary>
internal sealed class StateOfTheWorldStream(IAsyncStreamReader<DiscoveryRequest> requests, IServerStreamWriter<DiscoveryResponse> responses)
    : IAsyncStreamReader<DeltaDiscoveryRequest>, IServerStreamWriter<DeltaDiscoveryResponse>
{
    private readonly StateOfTheWorld _world = new();
    private readonly Lock _lock = new();

    public DeltaDiscoveryRequest Current { get; private set; } = new();

    public WriteOptions? WriteOptions
    {
        get => responses.WriteOptions;
        set => responses.WriteOptions = value;
    }

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        while (await requests.MoveNext(cancellationToken))
        {
            lock (_lock)
            {
                if (_world.Receive(requests.Current) is { } request)
                {
                    Current = request;
                    return true;
                }
            }
        }

        return false;
    }

    public Task WriteAsync(DeltaDiscoveryResponse message) => WriteAsync(message, CancellationToken.None);

    public Task WriteAsync(DeltaDiscoveryResponse message, CancellationToken cancellationToken)
    {
        DiscoveryResponse response;
        lock (_lock)
        {
            response = _world.Send(message);
        }

        return responses.WriteAsync(response, cancellationToken);
    }
}
