using System.Text;
using Mizzen.Proxy.Filters.Rbac;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Tests.Filters;

/// <summary>Who the client is, by what proxies in front say; the connection comes from 192.0.2.9.</summary>
public sealed class TrustedClientTests
{
    [Theory]
    // Sidecars: the last entry.
    [InlineData(false, 0, "", "192.0.2.9")]
    [InlineData(false, 0, "10.0.0.1", "10.0.0.1")]
    [InlineData(false, 0, "10.0.0.1, 10.0.0.2", "10.0.0.2")]
    [InlineData(false, 0, "2001:db8::1", "2001:db8::1")]
    [InlineData(false, 0, "10.0.0.1, nonsense", "192.0.2.9")]
    [InlineData(false, 0, "10.0.0.01", "192.0.2.9")]
    [InlineData(false, 1, "10.0.0.1, 10.0.0.2", "10.0.0.1")]
    // Gateways: our own entry is the last one, and only as many are believed as there are proxies in front.
    [InlineData(true, 0, "6.6.6.6,192.0.2.9", "192.0.2.9")]
    [InlineData(true, 1, "6.6.6.6,203.0.113.5,192.0.2.9", "203.0.113.5")]
    [InlineData(true, 2, "6.6.6.6,203.0.113.5,192.0.2.9", "6.6.6.6")]
    [InlineData(true, 3, "6.6.6.6,203.0.113.5,192.0.2.9", "192.0.2.9")]
    public void Of(bool useRemoteAddress, int hops, string forwardedFor, string client)
    {
        var request = new RequestHead();
        var scanned = 0;
        var field = forwardedFor.Length > 0 ? $"x-forwarded-for: {forwardedFor}\r\n" : "";
        _ = request.Read(new BufferPool(), Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nhost: a\r\n{field}\r\n"), ref scanned, out _);
        var http = new HttpModel { UseRemoteAddress = useRemoteAddress, TrustedHops = hops };

        Assert.Equal(client, TrustedClient.Of(request, NetAddress.V4(0xc0000209, 999), http).ToIPAddress().ToString());
    }
}
