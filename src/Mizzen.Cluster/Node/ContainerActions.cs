using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Mizzen.Cluster.Network;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Node;

/// <summary>What probes and hooks do to a running container: an HTTP request, a connection, a command beside it.</summary>
internal sealed class ContainerActions(ClusterNetwork network, PodNetwork pod, Container container)
{
    private ContainerProcess? _process;
    private ContainerStart? _start;

    /// <summary>From now on it is about this run of the container.</summary>
    public void Begin(ContainerProcess process, ContainerStart start) => (_process, _start) = (process, start);

    /// <summary>Runs a hook; null when it did what it should, else what was wrong.</summary>
    public async Task<string?> RunAsync(LifecycleHandler hook, ContainerProcess process, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            switch (hook)
            {
                case { Exec.Command: { Count: > 0 } command }:
                    return await RunAsync(command, process, cancellationToken) is var code && code == 0
                        ? null
                        : string.Create(CultureInfo.InvariantCulture, $"command exited with {code}");
                case { HttpGet: { } get }:
                    return await GetAsync(get, cancellationToken);
                case { TcpSocket: { } tcp }:
                    await ConnectAsync(tcp.Port, cancellationToken);
                    return null;
                case { Sleep: { } sleep }:
                    await Task.Delay(TimeSpan.FromSeconds(sleep.GetProperty("seconds").GetDouble()), clock, cancellationToken);
                    return null;
                default:
                    return null;
            }
        }
        catch (Exception error) when (error is HttpRequestException or SocketException or IOException or NodeException or JsonException or KeyNotFoundException)
        {
            return error.InnerException?.Message ?? error.Message;
        }
    }

    /// <summary>The exit code of a command beside the container's program.</summary>
    public async Task<int> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        await RunAsync(command, _process ?? throw new NodeException("the container does not run"), cancellationToken);

    /// <summary>Connects to a port and lets go of it.</summary>
    public async Task ConnectAsync(IntOrString port, CancellationToken cancellationToken)
    {
        using var socket = await network.DialInsideAsync(new IPEndPoint(pod.Address, PortOf(port)), cancellationToken);
    }

    /// <summary>A GET request as the kubelet makes it; null for an answer from 200 to 399.</summary>
    public async Task<string?> GetAsync(HttpGetAction get, CancellationToken cancellationToken)
    {
        var port = PortOf(get.Port);
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            ConnectCallback = async (_, token) => new NetworkStream(await network.DialInsideAsync(new IPEndPoint(pod.Address, port), token), ownsSocket: true),
        };
        // A probe asks whether somebody answers, not who: Kubernetes does not check certificates here either.
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null;
        using var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        using var request = RequestFor(get, port);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return (int)response.StatusCode is >= 200 and < 400
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"HTTP probe failed with statuscode: {(int)response.StatusCode}");
    }

    /// <summary>Asks gRPC's health service; null when it is serving (grpc.health.v1).</summary>
    public async Task<string?> AskHealthAsync(GrpcAction grpc, CancellationToken cancellationToken) =>
        await GrpcHealth.CheckAsync(token => network.DialInsideAsync(new IPEndPoint(pod.Address, grpc.Port), token), grpc.Service ?? "", cancellationToken);

    /// <summary>Starts a command in the container, with its environment and its view of everything.</summary>
    /// <exception cref="NodeException">The container has ended, or there is no such command.</exception>
    public ContainerProcess StartBeside(IReadOnlyList<string> command, ProgramStreams streams) =>
        StartBeside(_process ?? throw new NodeException("the container does not run"), command, streams);

    private ContainerProcess StartBeside(ContainerProcess process, IReadOnlyList<string> command, ProgramStreams streams) =>
        ContainerProcess.StartBeside(pod.Namespace, process.ProcessId, _start! with { Command = command, Streams = streams });

    private async Task<int> RunAsync(IReadOnlyList<string> command, ContainerProcess process, CancellationToken cancellationToken)
    {
        using var beside = StartBeside(process, command, default);
        var output = Task.WhenAll(beside.Output.CopyToAsync(Stream.Null, cancellationToken), beside.Errors!.CopyToAsync(Stream.Null, cancellationToken));
        try
        {
            var code = await beside.WaitAsync(cancellationToken);
            await output;
            return code;
        }
        catch (OperationCanceledException)
        {
            beside.Signal(ContainerProcess.SigKill);
            throw;
        }
    }

    private HttpRequestMessage RequestFor(HttpGetAction get, int port)
    {
        var scheme = string.Equals(get.Scheme, "HTTPS", StringComparison.OrdinalIgnoreCase) ? "https" : "http";
        var host = string.IsNullOrEmpty(get.Host) ? pod.Address.ToString() : get.Host;
        var path = (get.Path ?? "/").TrimStart('/');
        var request = new HttpRequestMessage(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"{scheme}://{host}:{port}/{path}"));
        request.Headers.TryAddWithoutValidation("User-Agent", "kube-probe/1.32");
        request.Headers.ConnectionClose = true;
        foreach (var header in get.HttpHeaders ?? [])
        {
            request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        }

        return request;
    }

    private int PortOf(IntOrString port) =>
        port.Number
        ?? container.Ports?.FirstOrDefault(candidate => candidate.Name == port.Text)?.Port
        ?? (int.TryParse(port.Text, CultureInfo.InvariantCulture, out var number) ? number : throw new NodeException($"the container has no port named {port.Text}"));
}
