using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mizzen.Mesh.Tests.Cases;
using Mizzen.Proxy.Tests.Serving;
using Mizzen.Proxy.Tests.Udp;

namespace Mizzen.Mesh.Tests.Running;

/// <summary>
/// Everything that answers in a case. A backend tells its name in <c>x-backend</c> and does what fields of the request say:
/// <c>x-answer: 503,200</c> is the status of the first and of every later attempt, <c>x-delay: 300</c> milliseconds before the answer,
/// <c>x-with: name=value</c> a field of the answer. To clients that speak TLS it speaks TLS.
/// </summary>
internal sealed class Backends(World world, IReadOnlyDictionary<string, string> certificates) : IAsyncDisposable
{
    private static readonly X509Certificate2 Certificate = MakeCertificate();

    private readonly ConcurrentDictionary<IPEndPoint, TestUpstream> _servers = [];
    private readonly Dictionary<IPEndPoint, EchoServer> _echoes = [];

    /// <summary>Every request, in the order in which they came.</summary>
    public ConcurrentQueue<Received> Received { get; } = [];

    public void Start(IPEndPoint address, string name)
    {
        if (!_servers.ContainsKey(address))
        {
            world.Have(address.Address);
            _servers[address] = world.Run(() => new TestUpstream(connection => ServeAsync(connection, name), address));
        }
    }

    /// <summary>Answers datagrams with the backend's name in front.</summary>
    public void StartDatagrams(IPEndPoint address, string name)
    {
        if (!_echoes.ContainsKey(address))
        {
            _echoes[address] = world.Run(() => new EchoServer(name, address));
        }
    }

    public IEnumerable<Received> Of(string row) => Received.Where(request => request.Row == row);

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers.Values)
        {
            await server.DisposeAsync();
        }

        foreach (var echo in _echoes.Values)
        {
            echo.Dispose();
        }
    }

    private async Task ServeAsync(UpstreamConnection connection, string name)
    {
        await connection.EncryptIfAskedAsync(certificates.TryGetValue(name, out var own) ? Certificates.Of(own) : Certificate);
        while (await connection.ReadRequestAsync() is { } read)
        {
            var request = new Received(name, read.Head, read.Body);
            var attempt = request.Row is { } row ? Of(row).Count() : 0;
            Received.Enqueue(request);
            if (request["x-delay"] is { } delay)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(int.Parse(delay, CultureInfo.InvariantCulture)), TimeProvider.System, connection.Cancellation);
            }

            await connection.SendAsync(Answer(request, attempt));
        }
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        return new CertificateRequest("CN=backend", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddMinutes(-1), now.AddHours(1));
    }

    private static string Answer(Received request, int attempt)
    {
        var statuses = (request["x-answer"] ?? "200").Split(',');
        var fields = request["x-with"] is { } with ? with.Replace("=", ": ", StringComparison.Ordinal) + "\r\n" : "";
        var body = request.Method == "HEAD" ? "" : request.Body;
        return $"HTTP/1.1 {statuses[Math.Min(attempt, statuses.Length - 1)]} Answer\r\nx-backend: {request.Backend}\r\n{fields}content-length: {body.Length}\r\n\r\n{body}";
    }
}
