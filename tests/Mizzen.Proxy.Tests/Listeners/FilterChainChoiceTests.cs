using System.Net;
using System.Text;
using Mizzen.Proxy.Listeners;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Tests.Listeners;

/// <summary>Which chain takes a connection, as a table.</summary>
public sealed class FilterChainChoiceTests
{
    private static readonly ListenerModel Listener = new()
    {
        Name = "virtualInbound",
        Address = new IPEndPoint(IPAddress.Any, 15006),
        InspectHttp = true,
        Chains =
        [
            new FilterChainModel { Name = "any tcp" },
            new FilterChainModel { Name = "any http", ApplicationProtocols = ["http/1.1"] },
            new FilterChainModel { Name = "port 80 http", DestinationPort = 80, ApplicationProtocols = ["http/1.1"] },
            new FilterChainModel { Name = "port 80 tcp", DestinationPort = 80 },
            new FilterChainModel { Name = "port 90", DestinationPort = 90 },
            new FilterChainModel { Name = "net 10", DestinationRanges = [IPNetwork.Parse("10.0.0.0/8")] },
            new FilterChainModel { Name = "net 10.1", DestinationRanges = [IPNetwork.Parse("10.1.0.0/16"), IPNetwork.Parse("fd00::/8")] },
        ],
    };

    [Theory]
    [InlineData("192.0.2.1:80", true, "port 80 http")]
    [InlineData("192.0.2.1:80", false, "port 80 tcp")]
    [InlineData("192.0.2.1:90", true, "port 90")]
    [InlineData("192.0.2.1:7", true, "any http")]
    [InlineData("192.0.2.1:7", false, "any tcp")]
    [InlineData("10.2.0.1:7", false, "net 10")]
    [InlineData("10.1.0.1:7", true, "net 10.1")]
    [InlineData("10.1.0.1:80", true, "port 80 http")]
    [InlineData("[fd00::1]:7", false, "net 10.1")]
    public void The_most_specific_chain_wins(string destination, bool isHttp, string chain)
    {
        var index = FilterChainChoice.Choose(Listener, NetAddress.Of(IPEndPoint.Parse(destination)), isHttp ? ConnectionTraits.Http1 : ConnectionTraits.Unknown);
        Assert.Equal(chain, Listener.Chains[index].Name);
    }

    [Theory]
    [InlineData("shop.example.com", "", "exact")]
    [InlineData("other.example.com", "", "wildcard")]
    [InlineData("a.b.example.com", "", "wildcard")]
    [InlineData("a.deep.example.com", "", "longer wildcard")]
    [InlineData("example.com", "", "tls")]
    [InlineData("", "istio-peer-exchange,istio", "istio")]
    [InlineData("", "istio", "istio")]
    [InlineData("", "h2", "tls")]
    [InlineData(null, "", "plain")]
    public void Names_and_protocols_of_the_hello_decide(string? serverName, string protocols, string chain)
    {
        var listener = Listener with
        {
            InspectTls = true,
            Chains =
            [
                new FilterChainModel { Name = "plain", TransportProtocol = TransportProtocol.RawBuffer },
                new FilterChainModel { Name = "tls", TransportProtocol = TransportProtocol.Tls },
                new FilterChainModel { Name = "istio", TransportProtocol = TransportProtocol.Tls, ApplicationProtocols = ["istio-peer-exchange", "istio"] },
                new FilterChainModel { Name = "wildcard", ServerNames = ["*.example.com"] },
                new FilterChainModel { Name = "longer wildcard", ServerNames = ["*.deep.example.com"] },
                new FilterChainModel { Name = "exact", ServerNames = ["x.test", "shop.example.com"] },
            ],
        };
        var traits = serverName is null ? ConnectionTraits.Http1 : new ConnectionTraits(true, serverName, protocols.Split(',', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(chain, listener.Chains[FilterChainChoice.Choose(listener, NetAddress.Of(IPEndPoint.Parse("192.0.2.1:443")), traits)].Name);
    }

    [Fact]
    public void A_step_is_not_taken_back()
    {
        // The chain of the port wants HTTP; a chain for all ports would take anything, but the port decides first.
        var listener = Listener with { Chains = [new FilterChainModel { Name = "any" }, new FilterChainModel { Name = "80", DestinationPort = 80, ApplicationProtocols = ["http/1.1"] }] };

        Assert.Equal(-1, FilterChainChoice.Choose(listener, NetAddress.Of(IPEndPoint.Parse("192.0.2.1:80")), ConnectionTraits.Unknown));
    }

    [Fact]
    public void Without_a_match_the_default_chain_takes_it_or_nobody()
    {
        var only = Listener with { Chains = [Listener.Chains[4]] };
        var destination = NetAddress.Of(IPEndPoint.Parse("192.0.2.1:7"));
        Assert.Equal(-1, FilterChainChoice.Choose(only, destination, ConnectionTraits.Http1));
        Assert.Equal(1, FilterChainChoice.Choose(only with { DefaultChain = new FilterChainModel() }, destination, ConnectionTraits.Http1));
    }

    [Theory]
    [InlineData("192.0.2.1:80", true)]
    [InlineData("192.0.2.1:7", true)]
    public void First_bytes_are_awaited_where_they_decide(string destination, bool expected) =>
        Assert.Equal(expected, FilterChainChoice.NeedsInspection(Listener, NetAddress.Of(IPEndPoint.Parse(destination))));

    [Fact]
    public void First_bytes_are_not_awaited_where_they_do_not_matter()
    {
        var destination = NetAddress.Of(IPEndPoint.Parse("192.0.2.1:90"));
        Assert.False(FilterChainChoice.NeedsInspection(Listener with { Chains = [Listener.Chains[2], Listener.Chains[4]] }, destination));
        Assert.False(FilterChainChoice.NeedsInspection(Listener with { InspectHttp = false }, destination));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n", "Http1")]
    [InlineData("GET / HTTP/1.0\r\nhost: a", "Http1")]
    [InlineData("PROPFIND /a HTTP/1.1\n", "Http1")]
    [InlineData("", "Undecided")]
    [InlineData("G", "Undecided")]
    [InlineData("GET", "Undecided")]
    [InlineData("GET /a HTTP/1.1", "Undecided")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "Http2")]
    [InlineData("GET / SPDY\r\n", "Other")]
    [InlineData("220 mail.example ESMTP\r\n", "Other")]
    [InlineData("EHLO me\r\n", "Other")]
    [InlineData("\u0016\u0003\u0001", "Other")]
    [InlineData("AMQP\0\0\u0009\u0001", "Other")]
    [InlineData("*1\r\n$4\r\nPING\r\n", "Other")]
    [InlineData("{\"json\": 1}", "Other")]
    [InlineData("AVERYLONGWORDTHATISNOMETHODATALLOFCOURSE", "Other")]
    public void The_first_line_tells_http(string bytes, string expected) =>
        Assert.Equal(expected, HttpDetection.Look(Encoding.Latin1.GetBytes(bytes)).ToString());
}
