using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Mizzen.Cluster.ApiServer.Authentication;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Identity;

namespace Mizzen.Cluster.ApiServer;

/// <summary>Where the server listens: TLS on the host and inside the cluster, plain on a unix socket.</summary>
internal sealed class Endpoints(ApiServerOptions options, ILoggerFactory loggers) : IDisposable
{
    private const int StreamsPerConnection = 1000;

    private static readonly string[] Names =
    [
        "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost",
    ];

    private static readonly IPAddress ServiceAddress = IPAddress.Parse("10.96.0.1");

    private readonly X509Certificate2 _certificate = options.Authority
        .Issue(CertificateProfile.ForServer(Names, [IPAddress.Loopback, IPAddress.IPv6Loopback, ServiceAddress, .. options.Addresses]))
        .ToX509();

    private readonly List<ListenOptions> _listening = [];
    private ListenOptions? _host;

    public int HostPort => _host?.IPEndPoint?.Port ?? 0;

    /// <summary>A host of which only the server is used: no routing, no middleware, no configuration.</summary>
    public WebApplication CreateHost()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Configure);
        return builder.Build();
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = RequestBody.Limit + 1024;
        kestrel.Limits.Http2.MaxStreamsPerConnection = StreamsPerConnection;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        if (options.HostEndpoint is { } host)
        {
            kestrel.Listen(host, endpoint =>
            {
                _host = endpoint;
                UseTls(endpoint);
            });
        }

        foreach (var socket in options.ClusterListeners)
        {
            kestrel.ListenHandle((ulong)socket.Handle, UseTls);
        }

        if (options.UnixSocketPath is { } path)
        {
            // Left behind by a process that was killed.
            File.Delete(path);
            kestrel.ListenUnixSocket(path, UsePlain);
        }
    }

    /// <summary>The unix socket makes admin of whoever opens it, so only its owner may.</summary>
    public void Started()
    {
        if (options.UnixSocketPath is { } path)
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    public override string ToString() => string.Join(", ", _listening);

    public void Dispose() => _certificate.Dispose();

    private void UseTls(ListenOptions endpoint)
    {
        _listening.Add(endpoint);
        endpoint.Protocols = HttpProtocols.Http1AndHttp2;
        endpoint.UseHttps(new HttpsConnectionAdapterOptions
        {
            ServerCertificate = _certificate,
            ClientCertificateMode = ClientCertificateMode.AllowCertificate,
            // Who the client is decides authentication, with an answer in HTTP instead of a broken handshake.
            ClientCertificateValidation = (_, _, _) => true,
        });
    }

    private void UsePlain(ListenOptions endpoint)
    {
        _listening.Add(endpoint);
        endpoint.Protocols = HttpProtocols.Http1;
        endpoint.Use(next => connection =>
        {
            connection.Features.Set<IUnixSocketFeature>(UnixSocketFeature.Instance);
            return next(connection);
        });
    }
}
