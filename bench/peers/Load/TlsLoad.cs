using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Mizzen.Bench.Peers.Load;

/// <summary>Closed-loop HTTP/1.1 load over TLS 1.3, from this process: load generators of the trade have no client certificates.</summary>
internal static class TlsLoad
{
    private const int BodyLength = 1024;

    /// <summary>Requests over connections that stay.</summary>
    public static Task<(double Requests, double Seconds)> KeepAliveAsync(Site site, int connections, int seconds) =>
        MeasureAsync(connections, seconds, async (isOver, count) =>
        {
            using var stream = await ConnectAsync(site);
            var request = Request(site, "");
            var buffer = new byte[4096];
            while (!isOver())
            {
                await stream.WriteAsync(request);
                await ReadAnswerAsync(stream, buffer);
                count();
            }
        });

    /// <summary>A connection with a full handshake for each request.</summary>
    public static Task<(double Requests, double Seconds)> HandshakesAsync(Site site, int connections, int seconds) =>
        MeasureAsync(connections, seconds, async (isOver, count) =>
        {
            var request = Request(site, "Connection: close\r\n");
            var buffer = new byte[4096];
            while (!isOver())
            {
                using var stream = await ConnectAsync(site);
                await stream.WriteAsync(request);
                await ReadAnswerAsync(stream, buffer);
                count();
            }
        });

    private static async Task<(double Requests, double Seconds)> MeasureAsync(int connections, int seconds, Func<Func<bool>, Action, Task> work)
    {
        var requests = 0;
        var clock = TimeProvider.System;
        var began = clock.GetTimestamp();
        bool IsOver() => clock.GetElapsedTime(began) > TimeSpan.FromSeconds(seconds);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => work(IsOver, () => Interlocked.Increment(ref requests)))));
        return (requests, clock.GetElapsedTime(began).TotalSeconds);
    }

    private static byte[] Request(Site site, string fields) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"GET / HTTP/1.1\r\nHost: 127.0.0.1:{site.Port}\r\n{fields}\r\n"));

    private static async Task<SslStream> ConnectAsync(Site site)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, site.Port);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = Certificates.Host,
            EnabledSslProtocols = SslProtocols.Tls13,
            AllowTlsResume = false,
            ClientCertificateContext = SslStreamCertificateContext.Create(site.Certificates.Client, null, offline: true),
            // What is measured is the proxy: this end believes everybody.
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is X509Certificate,
        });
        return stream;
    }

    private static async Task ReadAnswerAsync(SslStream stream, byte[] buffer)
    {
        var length = 0;
        var end = -1;
        while (end < 0 || length < end)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length));
            length += read > 0 ? read : throw new InvalidOperationException($"the contender closed the connection after {Encoding.ASCII.GetString(buffer, 0, length)}");
            var head = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end < 0 && head >= 0)
            {
                end = buffer.AsSpan(0, length).StartsWith("HTTP/1.1 200"u8) ? head + 4 + BodyLength : throw new InvalidOperationException(Encoding.ASCII.GetString(buffer, 0, head));
            }
        }
    }
}
