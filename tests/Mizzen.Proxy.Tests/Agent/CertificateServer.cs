using System.Collections.Concurrent;
using Grpc.Core;
using Istio.V1.Auth;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Mizzen.Identity;
using Mizzen.Proxy.Tests.Tls;

namespace Mizzen.Proxy.Tests.Agent;

/// <summary>Istio's certificate service over a real authority: a real gRPC server on loopback.</summary>
internal sealed class CertificateServer : IstioCertificateService.IstioCertificateServiceBase, IAsyncDisposable
{
    private readonly CertificateAuthority _authority;
    private readonly WebApplication _server;

    private CertificateServer(CertificateAuthority authority)
    {
        _authority = authority;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        _server = builder.Build();
        _server.MapGrpcService<CertificateServer>();
    }

    /// <summary>Host and port.</summary>
    public string Address => new Uri(_server.Urls.First()).Authority;

    /// <summary>The tokens that were shown, one for each request.</summary>
    public ConcurrentQueue<string?> Tokens { get; } = [];

    /// <summary>What is wrong with the service now; null when nothing is.</summary>
    public Status? Failure { get; set; }

    public static async Task<CertificateServer> StartAsync(CertificateAuthority authority)
    {
        var server = new CertificateServer(authority);
        await server._server.StartAsync();
        return server;
    }

    public override Task<IstioCertificateResponse> CreateCertificate(IstioCertificateRequest request, ServerCallContext context)
    {
        Tokens.Enqueue(context.RequestHeaders.GetValue("authorization"));
        if (Failure is { } failure)
        {
            throw new RpcException(failure);
        }

        var profile = CertificateProfile.ForWorkload(TestCertificates.Id("app"), TimeSpan.FromSeconds(request.ValidityDuration));
        return Task.FromResult(new IstioCertificateResponse { CertChain = { _authority.SignRequest(request.Csr, profile), _authority.CertificatePem } });
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
