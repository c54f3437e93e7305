using System.Threading.Channels;
using Envoy.Service.Discovery.V3;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Mizzen.Identity;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Configuration;

/// <summary>A control plane of one stream at a time whose every word a test decides: a real gRPC server on loopback.</summary>
internal sealed class ControlPlane : AggregatedDiscoveryService.AggregatedDiscoveryServiceBase, IAsyncDisposable
{
    private readonly Channel<DeltaDiscoveryRequest> _requests = Channel.CreateUnbounded<DeltaDiscoveryRequest>();
    private readonly WebApplication _server;
    private IServerStreamWriter<DeltaDiscoveryResponse>? _responses;
    private TaskCompletionSource _end = new();
    private int _nonce;

    private ControlPlane(IssuedCertificate? certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        _ = builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (certificate is not null)
            {
                listen.UseHttps(certificate.ToX509());
            }
        }));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        _server = builder.Build();
        _server.MapGrpcService<ControlPlane>();
    }

    /// <summary>Host and port; the host is <c>localhost</c> with a certificate, which cannot name a port's address.</summary>
    public string Address { get; private set; } = "";

    /// <summary>The header with which the last stream was opened.</summary>
    public string? Authorization { get; private set; }

    /// <summary>Streams that were opened.</summary>
    public int Streams { get; private set; }

    public static async Task<ControlPlane> StartAsync(IssuedCertificate? certificate = null)
    {
        var plane = new ControlPlane(certificate);
        await plane._server.StartAsync();
        var address = new Uri(plane._server.Urls.First());
        plane.Address = certificate is null ? address.Authority : $"localhost:{address.Port}";
        return plane;
    }

    /// <summary>The next request of the proxy.</summary>
    /// <exception cref="TimeoutException">It said nothing within the patience of a test.</exception>
    public async Task<DeltaDiscoveryRequest> NextAsync(CancellationToken cancellationToken) =>
        await _requests.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(Eventually.Patience, cancellationToken);

    /// <summary>The next request about this type that is a subscription (or, on demand, an answer).</summary>
    public async Task<DeltaDiscoveryRequest> NextAsync(string typeUrl, bool isAnswer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var request = await NextAsync(cancellationToken);
            if (request.TypeUrl == typeUrl && (request.ResponseNonce.Length > 0) == isAnswer)
            {
                return request;
            }
        }
    }

    /// <summary>Sends resources and returns the nonce.</summary>
    public async Task<string> SendAsync(string typeUrl, params IEnumerable<(string Name, Any Resource)> resources)
    {
        var response = new DeltaDiscoveryResponse { TypeUrl = typeUrl, Nonce = $"n{++_nonce}" };
        response.Resources.AddRange(resources.Select(resource => new Resource { Name = resource.Name, Version = $"v{_nonce}", Resource_ = resource.Resource }));
        await _responses!.WriteAsync(response);
        return response.Nonce;
    }

    /// <summary>Ends the stream; the proxy is expected to come back.</summary>
    public void EndStream() => _end.TrySetResult();

    public override async Task DeltaAggregatedResources(
        IAsyncStreamReader<DeltaDiscoveryRequest> requestStream, IServerStreamWriter<DeltaDiscoveryResponse> responseStream, ServerCallContext context)
    {
        _responses = responseStream;
        _end = new TaskCompletionSource();
        Authorization = context.RequestHeaders.GetValue("authorization");
        Streams++;
        var reading = ReadAsync(requestStream, context.CancellationToken);
        await Task.WhenAny(reading, _end.Task);
    }

    public async ValueTask DisposeAsync()
    {
        EndStream();
        await _server.DisposeAsync();
    }

    private async Task ReadAsync(IAsyncStreamReader<DeltaDiscoveryRequest> requests, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var request in requests.ReadAllAsync(cancellationToken))
            {
                await _requests.Writer.WriteAsync(request, cancellationToken);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            _end.TrySetResult();
        }
    }
}
