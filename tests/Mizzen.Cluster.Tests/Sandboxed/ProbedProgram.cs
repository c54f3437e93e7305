using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Mizzen.Testing.Sandbox;

namespace Mizzen.Cluster.Tests.Sandboxed;

/// <summary>
/// A program for probes to ask: it is alive, and says by HTTP, by gRPC and by listening whether it has started and is ready, as a test
/// tells it with a request to <c>/set/{probe}/{answer}</c>.
/// </summary>
[HelperProgram]
public sealed class ProbedProgram
{
    public const int HttpPort = 8080;
    public const int GrpcPort = 9090;

    private readonly ConcurrentDictionary<string, bool> _answers = new() { ["startup"] = false, ["readiness"] = false, ["liveness"] = true };
    private readonly Dictionary<string, TcpListener> _listeners = new()
    {
        ["startup"] = new TcpListener(IPAddress.Any, 7001),
        ["readiness"] = new TcpListener(IPAddress.Any, 7002),
        ["liveness"] = new TcpListener(IPAddress.Any, 7003),
    };

    public static IReadOnlyList<string> Command { get; } =
        ["dotnet", typeof(ProbedProgram).Assembly.Location, "-explicit", "only", "-method", $"{typeof(ProbedProgram).FullName}.{nameof(Answers_until_it_is_ended)}"];

    /// <summary>What a probe asks for, by its kind and name.</summary>
    public static string ProbeOf(string kind, string name) => kind switch
    {
        "http" => $$"""httpGet: {path: /{{name}}, port: http}""",
        "grpc" => $$"""grpc: {port: {{GrpcPort}}, service: {{name}}}""",
        _ => $$"""tcpSocket: {port: {{name switch { "startup" => 7001, "readiness" => 7002, _ => 7003 }}}}""",
    };

    [SandboxedFact]
    public async Task Answers_until_it_is_ended()
    {
        _listeners["liveness"].Start();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.ListenAnyIP(HttpPort);
            options.ListenAnyIP(GrpcPort, listen => listen.Protocols = HttpProtocols.Http2);
        });
        await using var app = builder.Build();
        app.MapPost("/grpc.health.v1.Health/Check", CheckAsync);
        app.MapGet("/set/{name}/{answer}", Set);
        app.MapGet("/{name}", (string name) => _answers[name] ? Results.Ok() : Results.StatusCode(503));
        await app.RunAsync();
    }

    private void Set(string name, bool answer)
    {
        _answers[name] = answer;
        if (answer)
        {
            _listeners[name].Start();
        }
        else
        {
            _listeners[name].Stop();
        }
    }

    // A frame is five bytes before the message, whose only field is the service's name; the answer's is 1 (serving) or 2.
    private async Task CheckAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var service = System.Text.Encoding.ASCII.GetString(body.ToArray()[7..]);
        context.Response.ContentType = "application/grpc";
        context.Response.DeclareTrailer("grpc-status");
        await context.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 0, 2, 8, (byte)(_answers[service] ? 1 : 2) });
        context.Response.AppendTrailer("grpc-status", "0");
    }
}
