using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Mizzen.Client;
using Mizzen.ControlPlane.Certificates;
using Mizzen.ControlPlane.Ingest;
using Mizzen.ControlPlane.Metrics;
using Mizzen.ControlPlane.Push;
using Mizzen.ControlPlane.Serving;
using Mizzen.ControlPlane.Translation;
using Mizzen.Identity;
using Mizzen.Resources;
using Mizzen.Resources.Authentication;

namespace Mizzen.Bench.ControlPlane;

/// <summary>The control plane's own ADS service over TLS on loopback; only the review of tokens is answered by nobody but itself.</summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private readonly CertificateAuthority _authority = CertificateAuthority.Create("bench", TimeProvider.System);
    private readonly CancellationTokenSource _stop = new();
    private readonly ServingCertificate _certificate;
    private readonly ProxyConfiguration _configuration;
    private readonly HttpClient _reviews = new(new ReviewingHandler()) { BaseAddress = new Uri("http://reviews.invalid") };
    private readonly PilotMetrics _metrics = new();
    private readonly ConnectionRegistry _registry;
    private ControlPlaneServer? _server;

    public BenchServer(IMeshSource mesh)
    {
        _certificate = new ServingCertificate(_authority, "istio-system", TimeProvider.System);
        _configuration = new ProxyConfiguration(mesh, new ProxyTranslator().Translate, _metrics, TimeProvider.System);
        _registry = new ConnectionRegistry(_configuration, _metrics);
    }

    public Uri Address => new($"https://{_server!.EndpointOf(ListenerRole.Discovery)}");

    /// <summary>Proxies that have everything that they asked for, and have asked for every type.</summary>
    public int Settled => _registry.All.Count(connection => connection.Progress is { Count: 4 } types && types.All(type => type.IsSettled));

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var authentication = new CallAuthentication(new TokenAuthenticator(new ResourceClient(_reviews)), _metrics, NullLogger.Instance);
        var discovery = new AggregatedDiscovery(
            authentication, _configuration, _registry, null, _metrics, NullLogger<AggregatedDiscovery>.Instance, TimeProvider.System, _stop.Token);
        _server = await ControlPlaneServer.StartAsync(
            new Dictionary<ListenerRole, IPEndPoint> { [ListenerRole.Discovery] = new(IPAddress.Loopback, 0) },
            () => _certificate.Current,
            services => services.AddSingleton(discovery),
            routes => routes.MapGrpcService<AggregatedDiscovery>().On(ListenerRole.Discovery),
            NullLoggerFactory.Instance,
            cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _configuration.Dispose();
        _certificate.Dispose();
        _authority.Dispose();
        _reviews.Dispose();
        _stop.Dispose();
    }

    /// <summary>Takes a token for what it says: <c>namespace:service account</c>.</summary>
    private sealed class ReviewingHandler : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var spec = ResourceJson.Deserialize<TokenReview>(await request.Content!.ReadAsStringAsync(cancellationToken)).Spec!;
            var status = new TokenReviewStatus { Authenticated = true, Audiences = spec.Audiences, User = new UserInfo { Username = $"system:serviceaccount:{spec.Token}" } };
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = JsonContent.Create(new TokenReview { Status = status }, options: ResourceJson.Options) };
        }
    }
}
