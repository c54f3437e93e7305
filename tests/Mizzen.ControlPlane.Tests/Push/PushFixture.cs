using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Envoy.Config.Cluster.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Mizzen.Client;
using Mizzen.ControlPlane.Certificates;
using Mizzen.ControlPlane.Ingest;
using Mizzen.ControlPlane.Metrics;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Push;
using Mizzen.ControlPlane.Serving;
using Mizzen.ControlPlane.Translation;
using Mizzen.Identity;
using Mizzen.Identity.Tokens;
using Mizzen.Resources;
using Mizzen.Resources.Authentication;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using Mizzen.Xds.Sessions;

namespace Mizzen.ControlPlane.Tests.Push;

/// <summary>
/// The real ADS service on a real TLS port, a review of real tokens behind real HTTP, and a mesh that tests change: each Service becomes
/// a cluster of its name.
/// </summary>
internal sealed class PushFixture : IAsyncDisposable
{
    private readonly CertificateAuthority _authority = CertificateAuthority.Create("test", TimeProvider.System);
    private readonly ServiceAccountTokenIssuer _issuer = ServiceAccountTokenIssuer.Create(ServiceAccountTokenIssuer.DefaultIssuer, TimeProvider.System);
    private readonly CancellationTokenSource _stop = new();
    private readonly SettableMesh _mesh = new();
    private readonly List<GrpcChannel> _channels = [];
    private ServingCertificate? _certificate;
    private ProxyConfiguration? _configuration;
    private WebApplication? _api;
    private HttpClient? _http;
    private ControlPlaneServer? _server;

    public PilotMetrics Metrics { get; } = new();

    public ConnectionRegistry Registry { get; private set; } = null!;

    public DebugPages Pages { get; private set; } = null!;

    public static async Task<PushFixture> StartAsync(CancellationToken cancellationToken)
    {
        var fixture = new PushFixture();
        await fixture.StartPartsAsync(cancellationToken);
        return fixture;
    }

    public void HasServices(params string[] names) => _mesh.Publish(new ResourceSet
    {
        Services = [.. names.Select(name => new Service { Metadata = new ObjectMeta { Name = name.Split('=')[0], ResourceVersion = name } })],
    });

    public string TokenFor(string ns, string account, string audience = "istio-ca") =>
        _issuer.Issue(new TokenGrant(ns, account, "uid", [audience], TimeSpan.FromHours(1))).Token;

    public AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> Connect(string? token, CancellationToken cancellationToken) =>
        Client().DeltaAggregatedResources(HeadersOf(token), cancellationToken: cancellationToken);

    public AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse> ConnectToTheWorld(string? token, CancellationToken cancellationToken) =>
        Client().StreamAggregatedResources(HeadersOf(token), cancellationToken: cancellationToken);

    private AggregatedDiscoveryService.AggregatedDiscoveryServiceClient Client()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_authority.Certificate);
        var endpoint = _server!.EndpointOf(ListenerRole.Discovery);
        var handler = new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { TargetHost = "istiod.istio-system.svc", CertificateChainPolicy = policy } };
        var channel = GrpcChannel.ForAddress($"https://{endpoint}", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
        _channels.Add(channel);
        return new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel);
    }

    private static Grpc.Core.Metadata HeadersOf(string? token)
    {
        var headers = new Grpc.Core.Metadata();
        if (token is not null)
        {
            headers.Add("authorization", "Bearer " + token);
        }

        return headers;
    }

    public static DeltaDiscoveryRequest AskForClusters(string ns = "shop", string account = "web") => new()
    {
        TypeUrl = ResourceTypes.Cluster,
        ResourceNamesSubscribe = { "*" },
        Node = new Envoy.Config.Core.V3.Node
        {
            Id = $"sidecar~10.0.0.1~web-1.{ns}~{ns}.svc.cluster.local",
            Metadata = new Struct
            {
                Fields =
                {
                    ["NAMESPACE"] = Value.ForString(ns),
                    ["SERVICE_ACCOUNT"] = Value.ForString(account),
                    ["ISTIO_VERSION"] = Value.ForString("1.31.0"),
                },
            },
        },
    };

    public async ValueTask DisposeAsync()
    {
        _channels.ForEach(channel => channel.Dispose());
        await _stop.CancelAsync();
        await _server!.DisposeAsync();
        await _api!.DisposeAsync();
        _http!.Dispose();
        _configuration!.Dispose();
        _certificate!.Dispose();
        _issuer.Dispose();
        _authority.Dispose();
        _stop.Dispose();
    }

    private async Task StartPartsAsync(CancellationToken cancellationToken)
    {
        _http = new HttpClient { BaseAddress = await StartReviewsAsync(cancellationToken) };
        _certificate = new ServingCertificate(_authority, "istio-system", TimeProvider.System);
        _configuration = new ProxyConfiguration(_mesh, Translate, Metrics, TimeProvider.System);
        Registry = new ConnectionRegistry(_configuration, Metrics);
        Pages = new DebugPages(Registry, _configuration);
        var discovery = new AggregatedDiscovery(
            new CallAuthentication(new TokenAuthenticator(new ResourceClient(_http)), Metrics, NullLogger<AggregatedDiscovery>.Instance), _configuration, Registry, null, Metrics, NullLogger<AggregatedDiscovery>.Instance, TimeProvider.System, _stop.Token);
        _server = await ControlPlaneServer.StartAsync(
            new Dictionary<ListenerRole, IPEndPoint> { [ListenerRole.Discovery] = new(IPAddress.Loopback, 0), [ListenerRole.Monitoring] = new(IPAddress.Loopback, 0) },
            () => _certificate.Current,
            services => services.AddSingleton(discovery),
            routes => routes.MapGrpcService<AggregatedDiscovery>().On(ListenerRole.Discovery),
            NullLoggerFactory.Instance,
            cancellationToken);
    }

    private async Task<Uri> StartReviewsAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _api = builder.Build();
        _api.Run(ReviewAsync);
        await _api.StartAsync(cancellationToken);
        return new Uri(_api.Urls.Single());
    }

    private async Task ReviewAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var spec = ResourceJson.Deserialize<TokenReview>(await reader.ReadToEndAsync(context.RequestAborted)).Spec!;
        TokenReviewStatus status;
        try
        {
            var identity = _issuer.Verifier.Verify(spec.Token!, spec.Audiences!);
            var user = new UserInfo { Username = $"system:serviceaccount:{identity.Namespace}:{identity.ServiceAccount}" };
            status = new TokenReviewStatus { Authenticated = true, User = user, Audiences = identity.Audiences };
        }
        catch (InvalidTokenException error)
        {
            status = new TokenReviewStatus { Authenticated = false, Error = error.Message };
        }

        await context.Response.WriteAsync(ResourceJson.Serialize(new TokenReview { Status = status }), context.RequestAborted);
    }

    private static ProxyResources Translate(MeshSnapshot mesh, ProxyView proxy)
    {
        var none = new Dictionary<string, IMessage>();
        var clusters = mesh.Resources.Services.ToDictionary(
            service => service.Metadata.Name!,
            IMessage (service) => new Cluster { Name = service.Metadata.Name, AltStatName = service.Metadata.ResourceVersion });
        return new ProxyResources(none, none, clusters, none, none);
    }

    private sealed class SettableMesh : IMeshSource
    {
        public event Action<MeshSnapshot>? Changed;

        public MeshSnapshot Current { get; private set; } = MeshSnapshot.Empty;

        public void Publish(ResourceSet resources)
        {
            Current = Current.Next(resources);
            Changed?.Invoke(Current);
        }

        public void Space(TimeSpan cost)
        {
            // Snapshots come when the test says so.
        }

        public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task RunAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
