using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mizzen.ControlPlane.Serving;

/// <summary>The control plane's ports in one small Kestrel: no configuration files, no services that are not used.</summary>
internal sealed class ControlPlaneServer : IAsyncDisposable
{
    private const int MaxRequestMessageBytes = 4 * 1024 * 1024;
    private const int MaxStreams = 100_000;

    private readonly WebApplication _app;
    private readonly Dictionary<ListenerRole, IPEndPoint> _endpoints;

    private ControlPlaneServer(WebApplication app, Dictionary<ListenerRole, IPEndPoint> endpoints)
    {
        _app = app;
        _endpoints = endpoints;
    }

    /// <summary>Binds the ports and begins to answer.</summary>
    /// <param name="bind">Where each role listens; port 0 takes a free one.</param>
    /// <param name="certificate">The certificate of the TLS ports, asked for at each handshake.</param>
    /// <param name="services">Adds what routes need.</param>
    /// <param name="routes">Maps the routes, each with its role (<see cref="RoleRouting.On"/>).</param>
    /// <param name="loggers">Where the server logs.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">A port is taken.</exception>
    public static async Task<ControlPlaneServer> StartAsync(
        IReadOnlyDictionary<ListenerRole, IPEndPoint> bind,
        Func<X509Certificate2> certificate,
        Action<IServiceCollection> services,
        Action<IEndpointRouteBuilder> routes,
        ILoggerFactory loggers,
        CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = MaxRequestMessageBytes);
        services(builder.Services);
        var listening = new List<(ListenerRole Role, ListenOptions Options)>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            Limit(kestrel);
            foreach (var (role, endpoint) in bind)
            {
                kestrel.Listen(endpoint, listen =>
                {
                    listening.Add((role, listen));
                    Configure(listen, role, certificate);
                });
            }
        });

        var app = builder.Build();
        app.UseRouting();
        app.Use(RoleRouting.RefuseOtherPorts);
        routes(app);
        await app.StartAsync(cancellationToken);
        return new ControlPlaneServer(app, listening.ToDictionary(entry => entry.Role, entry => entry.Options.IPEndPoint!));
    }

    /// <summary>Where a role listens.</summary>
    public IPEndPoint EndpointOf(ListenerRole role) => _endpoints[role];

    /// <summary>Stops to accept, and waits for what is under way as long as the token allows.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = MaxRequestMessageBytes;
        kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStreams;
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(10);

        // An idle ADS stream is the normal case.
        kestrel.Limits.MinRequestBodyDataRate = null;
    }

    private static void Configure(ListenOptions listen, ListenerRole role, Func<X509Certificate2> certificate)
    {
        listen.Use(next => connection =>
        {
            connection.Features.Set(new RoleRouting.RoleFeature(role));
            return next(connection);
        });
        listen.Protocols = role switch
        {
            ListenerRole.Discovery or ListenerRole.PlainDiscovery => HttpProtocols.Http2,
            ListenerRole.Webhooks => HttpProtocols.Http1AndHttp2,
            _ => HttpProtocols.Http1,
        };
        if (role is ListenerRole.Discovery or ListenerRole.Webhooks)
        {
            listen.UseHttps(new HttpsConnectionAdapterOptions { ServerCertificateSelector = (_, _) => certificate() });
        }
    }
}
