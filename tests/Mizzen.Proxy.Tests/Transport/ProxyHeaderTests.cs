using System.Text;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Tests.Transport;

/// <summary>Headers of the PROXY protocol, good and bad. Bytes are written as Latin-1.</summary>
public sealed class ProxyHeaderTests
{
    private const string V2 = "\r\n\r\n\0\r\nQUIT\n";

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n", 1, "192.0.2.1:56324", "198.51.100.7:443")]
    [InlineData("PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n", 1, "[2001:db8::1]:1", "[2001:db8::2]:65535")]
    [InlineData("PROXY UNKNOWN\r\n", 1, "", "")]
    [InlineData("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", 1, "", "")]
    [InlineData(V2 + "\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x07\xdc\x04\x01\xbb", 2, "192.0.2.1:56324", "198.51.100.7:443")]
    [InlineData(V2 + "\x21\x11\0\x10\xc0\0\x02\x01\xc6\x33\x64\x07\xdc\x04\x01\xbb\x04\0\x01x", 2, "192.0.2.1:56324", "198.51.100.7:443")]
    [InlineData(V2 + "\x21\x21\0\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02\0\x01\0\x50", 2, "[2001:db8::1]:1", "[2001:db8::2]:80")]
    [InlineData(V2 + "\x20\0\0\0", 2, "", "")]
    [InlineData(V2 + "\x20\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x07\xdc\x04\x01\xbb", 2, "", "")]
    [InlineData(V2 + "\x21\x31\0\x02xx", 2, "", "")]
    public void Headers_are_read_to_their_end_and_no_further(string text, int version, string source, string destination)
    {
        var bytes = Encoding.Latin1.GetBytes(text + "GET");
        for (var length = 0; length < text.Length; length++)
        {
            Assert.Equal(ProxyHeaderResult.Incomplete, ProxyHeader.Read(bytes.AsSpan(0, length), out _, out _));
        }

        Assert.Equal(ProxyHeaderResult.Complete, ProxyHeader.Read(bytes, out var header, out var end));
        Assert.Equal((version, text.Length), (header.Version, end));
        Assert.Equal((source, destination), (Text(header.Source), Text(header.Destination)));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n", "None")]
    [InlineData("PROXIES", "None")]
    [InlineData("\r\n\r\nGET", "None")]
    [InlineData("PROXY \r\n", "Malformed")]
    [InlineData("PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n", "Malformed")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", "Malformed")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n", "Malformed")]
    [InlineData("PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n", "Malformed")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n", "Malformed")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n", "Malformed")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n", "Malformed")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3 1 2\r\n", "Malformed")]
    [InlineData("PROXY TCP4 01.2.3.4 1.2.3.4 1 2\r\n", "Malformed")]
    [InlineData("PROXY TCP4 ::1 ::1 1 2\r\n", "Malformed")]
    [InlineData("PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n", "Malformed")]
    [InlineData("PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n", "Malformed")]
    [InlineData("PROXY TCP6 2001:db8:1111:2222:3333:4444:5555:6666 2001:db8:1111:2222:3333:4444:5555:6666 65535 65535 and more of it", "Malformed")]
    [InlineData(V2 + "\x11\x11\0\0", "Malformed")]
    [InlineData(V2 + "\x22\x11\0\0", "Malformed")]
    [InlineData(V2 + "\x21\x41\0\0", "Malformed")]
    [InlineData(V2 + "\x21\x13\0\0", "Malformed")]
    [InlineData(V2 + "\x21\x11\0\x0b___________", "Malformed")]
    [InlineData(V2 + "\x21\x21\0\x0c____________", "Malformed")]
    [InlineData(V2 + "\x21\x11\x20\0", "Malformed")]
    public void Anything_else_is_refused(string text, string result) =>
        Assert.Equal(result, ProxyHeader.Read(Encoding.Latin1.GetBytes(text), out _, out _).ToString());

    [Theory]
    [InlineData(1, "192.0.2.1:56324", "198.51.100.7:443")]
    [InlineData(2, "192.0.2.1:56324", "198.51.100.7:443")]
    [InlineData(1, "[2001:db8:1111:2222:3333:4444:5555:6666]:65535", "[2001:db8:1111:2222:3333:4444:5555:7777]:65535")]
    [InlineData(2, "[2001:db8::1]:1", "[2001:db8::2]:80")]
    [InlineData(2, "192.0.2.1:56324", "[2001:db8::2]:80")]
    public void What_is_written_is_read(int version, string source, string destination)
    {
        var bytes = new byte[ProxyHeader.LongestText];
        var from = NetAddress.Of(System.Net.IPEndPoint.Parse(source));
        var to = NetAddress.Of(System.Net.IPEndPoint.Parse(destination));
        var length = ProxyHeader.Write(version, from, to, bytes);
        Assert.Equal(ProxyHeaderResult.Complete, ProxyHeader.Read(bytes.AsSpan(0, length), out var header, out var end));
        Assert.Equal((length, version, from, to), (end, header.Version, header.Source, header.Destination));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Our_own_connections_say_that_they_are(int version)
    {
        Assert.Equal(ProxyHeaderResult.Complete, ProxyHeader.Read(ProxyHeader.Own(version), out var header, out var length));
        Assert.Equal((version, true, ProxyHeader.Own(version).Length), (header.Version, header.Source.IsNone, length));
    }

    private static string Text(NetAddress address) => address.IsNone ? "" : address.ToString();
}
