using Mizzen.Proxy.Names;

namespace Mizzen.Proxy.Tests.Names;

public sealed class ResolverConfigurationTests
{
    [Fact]
    public void A_pods_file()
    {
        var read = ResolverConfiguration.Read(["# made by the node", "search default.svc.cluster.local svc.cluster.local. cluster.local", "nameserver 10.96.0.10", "nameserver fd00::10", "nameserver there", "options ndots:5"]);

        Assert.Equal(["10.96.0.10:53", "[fd00::10]:53"], read.Servers.Select(server => server.ToString()));
        Assert.Equal(["default.svc.cluster.local", "svc.cluster.local", "cluster.local"], read.Search);
    }

    [Fact]
    public void Nothing_is_nothing() => Assert.Empty(ResolverConfiguration.Read([]).Servers);
}
