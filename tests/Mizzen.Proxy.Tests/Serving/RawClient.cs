using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>An HTTP client that sends exactly the bytes it is given and shows exactly what comes back.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket;
    private readonly List<byte> _received = [];
    private SslStream? _tls;

    private RawClient(Socket socket) => _socket = socket;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<RawClient> ConnectAsync(IPEndPoint address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address, Cancel);
        return new RawClient(socket);
    }

    /// <summary>Speaks TLS from here on, asking for that name and showing a certificate if there is one; the answer is what comes, whoever vouches for it.</summary>
    public async Task<X509Certificate> EncryptAsync(string serverName, X509Certificate2? own = null)
    {
        _tls = new SslStream(new NetworkStream(_socket), false, (_, certificate, _, _) => certificate is not null);
        await _tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = serverName, ClientCertificates = own is null ? [] : [own] }, Cancel);
        return _tls.RemoteCertificate!;
    }

    public async Task SendAsync(string text) => await SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(byte[] bytes)
    {
        if (_tls is not null)
        {
            await _tls.WriteAsync(bytes, Cancel);
            return;
        }

        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await _socket.SendAsync(bytes.AsMemory(sent), Cancel);
        }
    }

    /// <summary>Our end of the stream; theirs stays open.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes with a reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    /// <summary>Reads one response; the body is decoded by its framing.</summary>
    public async Task<RawResponse> ReadResponseAsync(bool toHead = false)
    {
        int end;
        while ((end = Find("\r\n\r\n")) < 0)
        {
            await FillAsync();
        }

        var lines = Take(end + 4).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var fields = lines[1..].Select(line => line.Split(": ", 2)).Select(pair => KeyValuePair.Create(pair[0].ToLowerInvariant(), pair[1])).ToArray();
        var status = int.Parse(lines[0].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        var response = new RawResponse(status, fields, "");
        if (toHead || status is 204 or 304 or (>= 100 and < 200))
        {
            return response;
        }

        return response with { Body = await ReadBodyAsync(response) };
    }

    /// <summary>Exactly that many bytes.</summary>
    public async Task<string> ReadAsync(int count)
    {
        while (_received.Count < count)
        {
            await FillAsync();
        }

        return Take(count);
    }

    /// <summary>Everything until the peer's end; a reset counts as an end.</summary>
    public async Task<string> ReadToEndAsync()
    {
        try
        {
            while (await TryFillAsync())
            {
            }
        }
        catch (SocketException)
        {
        }

        return Take(_received.Count);
    }

    public void Dispose()
    {
        _tls?.Dispose();
        _socket.Dispose();
    }

    private async Task<string> ReadBodyAsync(RawResponse response)
    {
        if (response["transfer-encoding"] == "chunked")
        {
            return await ReadChunksAsync();
        }

        return response["content-length"] is { } length
            ? await ReadAsync(int.Parse(length, System.Globalization.CultureInfo.InvariantCulture))
            : await ReadToEndAsync();
    }

    private async Task<string> ReadChunksAsync()
    {
        var body = new StringBuilder();
        while (true)
        {
            int end;
            while ((end = Find("\r\n")) < 0)
            {
                await FillAsync();
            }

            var size = Convert.ToInt32(Take(end + 2).Trim(), 16);
            if (size == 0)
            {
                while ((end = Find("\r\n")) < 0)
                {
                    await FillAsync();
                }

                var trailers = end == 0 ? Take(2) : Take(Find("\r\n\r\n") + 4);
                return body.Append(trailers.Length > 2 ? "|" + trailers.Trim() : "").ToString();
            }

            body.Append((await ReadAsync(size + 2))[..size]);
        }
    }

    private async Task FillAsync()
    {
        if (!await TryFillAsync())
        {
            throw new EndOfStreamException($"the connection ended after: {Take(_received.Count)}");
        }
    }

    private async Task<bool> TryFillAsync()
    {
        var buffer = new byte[64 * 1024];
        var count = await (_tls is null ? _socket.ReceiveAsync(buffer, Cancel) : _tls.ReadAsync(buffer, Cancel));
        _received.AddRange(buffer.AsSpan(0, count));
        return count > 0;
    }

    private int Find(string text) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_received).IndexOf(Encoding.Latin1.GetBytes(text));

    private string Take(int count)
    {
        var text = Encoding.Latin1.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_received)[..count]);
        _received.RemoveRange(0, count);
        return text;
    }
}

/// <summary>A response as it was on the wire, body decoded; trailers stand behind a bar.</summary>
internal sealed record RawResponse(int Status, KeyValuePair<string, string>[] Fields, string Body)
{
    /// <summary>Value of a header (several joined by a comma), null when it is absent.</summary>
    public string? this[string name] =>
        Fields.Where(field => field.Key == name).Select(field => field.Value) is var values && values.Any() ? string.Join(",", values) : null;
}
