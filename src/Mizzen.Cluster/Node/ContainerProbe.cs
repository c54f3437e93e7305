using System.Globalization;
using System.Net.Sockets;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Node;

/// <summary>Asks a container once how it is: by HTTP, by a TCP connection, by gRPC, or by running a command in it.</summary>
internal sealed class ContainerProbe(ContainerActions actions)
{
    /// <summary>Null when the container is well; else what was wrong.</summary>
    public async Task<string?> AskAsync(Probe probe, CancellationToken cancellationToken)
    {
        var limit = TimeSpan.FromSeconds(probe.TimeoutSeconds is > 0 and var seconds ? seconds : 1);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(limit);
        try
        {
            return await AskOnceAsync(probe, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"no answer within {limit.TotalSeconds} s");
        }
        catch (Exception error) when (error is HttpRequestException or SocketException or IOException or NodeException)
        {
            return error.InnerException?.Message ?? error.Message;
        }
    }

    private async Task<string?> AskOnceAsync(Probe probe, CancellationToken cancellationToken)
    {
        switch (probe)
        {
            case { HttpGet: { } get }:
                return await actions.GetAsync(get, cancellationToken);
            case { TcpSocket: { } tcp }:
                await actions.ConnectAsync(tcp.Port, cancellationToken);
                return null;
            case { Grpc: { } grpc }:
                return await actions.AskHealthAsync(grpc, cancellationToken);
            case { Exec.Command: { Count: > 0 } command }:
                return await actions.RunAsync(command, cancellationToken) is var code && code == 0
                    ? null
                    : string.Create(CultureInfo.InvariantCulture, $"command exited with {code}");
            default:
                return null;
        }
    }
}
