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
            new FilterChainModel { Name = "any http", RequiresHttp = true },
            new FilterChainModel { Name = "port 80 http", DestinationPort = 80, RequiresHttp = true },
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
        var index = FilterChainChoice.Choose(Listener, NetAddress.Of(IPEndPoint.Parse(destination)), isHttp);
        Assert.Equal(chain, Listener.Chains[index].Name);
    }

    [Fact]
    public void Without_a_match_the_default_chain_takes_it_or_nobody()
    {
        var only = Listener with { Chains = [Listener.Chains[4]] };
        var destination = NetAddress.Of(IPEndPoint.Parse("192.0.2.1:7"));
        Assert.Equal(-1, FilterChainChoice.Choose(only, destination, isHttp: true));
        Assert.Equal(1, FilterChainChoice.Choose(only with { DefaultChain = new FilterChainModel() }, destination, isHttp: true));
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
    [InlineData("GET / HTTP/1.1\r\n", "Http")]
    [InlineData("GET / HTTP/1.0\r\nhost: a", "Http")]
    [InlineData("PROPFIND /a HTTP/1.1\n", "Http")]
    [InlineData("", "Undecided")]
    [InlineData("G", "Undecided")]
    [InlineData("GET", "Undecided")]
    [InlineData("GET /a HTTP/1.1", "Undecided")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "Other")]
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
