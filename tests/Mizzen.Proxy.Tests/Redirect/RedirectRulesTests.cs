using Mizzen.Proxy.Commands;
using Mizzen.Proxy.Redirect;

namespace Mizzen.Proxy.Tests.Redirect;

public sealed class RedirectRulesTests
{
    [Fact]
    public void Istios_usual_flags() => Assert.Equal(
        """
        inbound: meta l4proto tcp tcp dport 15008 accept
        inbound: meta l4proto tcp tcp dport 15090 accept
        inbound: meta l4proto tcp tcp dport 15021 accept
        inbound: meta l4proto tcp tcp dport 15020 accept
        inbound: meta l4proto tcp redirect to :15006
        outbound: meta l4proto tcp oifname "lo" ip saddr 127.0.0.6/32 accept
        outbound: meta l4proto tcp oifname "lo" ip daddr != 127.0.0.0/8 tcp dport != 15008 meta mark 1337 redirect to :15006
        outbound: meta l4proto tcp oifname "lo" ip daddr != 127.0.0.0/8 tcp dport != 15008 meta skuid 1337 redirect to :15006
        outbound: meta l4proto tcp meta mark 1337 accept
        outbound: meta l4proto tcp meta skuid 1337 accept
        outbound: meta l4proto tcp oifname "lo" accept
        outbound: meta l4proto tcp ip daddr 127.0.0.0/8 accept
        outbound: meta l4proto tcp redirect to :15001

        """,
        DryRun("-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT", "-i", "*", "-x", "", "-b", "*", "-d", "15090,15021,15020"));

    [Theory]
    [InlineData("-b 80,443", "inbound: meta l4proto tcp tcp dport 443 redirect to :15006\n", "inbound: meta l4proto tcp redirect")]
    [InlineData("-b ,", "inbound: meta l4proto tcp tcp dport 15008 accept\n", "redirect to :15006\ninbound")]
    [InlineData("-i 10.0.0.0/8,1.2.3.4", "outbound: meta l4proto tcp ip daddr 1.2.3.4/32 redirect to :15001\n", "outbound: meta l4proto tcp redirect")]
    [InlineData("-i , -q 27017", "outbound: meta l4proto tcp tcp dport 27017 redirect to :15001\n", "outbound: meta l4proto tcp redirect")]
    [InlineData("-x 10.1.0.0/16", "outbound: meta l4proto tcp ip daddr 10.1.0.0/16 accept\n", "no such rule")]
    [InlineData("-o 25", "outbound: meta l4proto tcp tcp dport 25 accept\n", "no such rule")]
    [InlineData("-g 1337", "meta skgid 1337 accept\n", "no such rule")]
    [InlineData("--redirect-dns --capture-all-dns", "outbound: meta l4proto udp udp dport 53 meta skuid 1337 accept\noutbound: meta l4proto udp udp dport 53 redirect to :15053\noutbound: meta l4proto tcp tcp dport 53 redirect to :15053\n", "no such rule")]
    [InlineData("-c eth1", "inbound: meta l4proto tcp iifname \"eth1\" accept\n", "no such rule")]
    public void Each_flag(string line, string present, string absent)
    {
        var rules = DryRun(line.Split(' '));
        Assert.Contains(present, rules, StringComparison.Ordinal);
        Assert.DoesNotContain(absent, rules, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-m TPROXY", "only REDIRECT is supported")]
    [InlineData("--dual-stack", "--dual-stack is not supported yet")]
    [InlineData("-k tap0", "-k (istio.io/reroute-virtual-interfaces) is not supported yet")]
    [InlineData("-d 80,many", "--istio-local-exclude-ports: 'many' is not a port")]
    [InlineData("-p ,", "--envoy-port needs a port")]
    [InlineData("-u root", "--proxy-uid: 'root' is not a number")]
    [InlineData("-i 10.0.0.0/99", "--istio-service-cidr: '10.0.0.0/99' is not an IPv4 network")]
    [InlineData("-i fd00::/8", "'fd00::/8' is not an IPv4 network")]
    [InlineData("--no-such-flag", "istio-iptables has no flag --no-such-flag")]
    [InlineData("word", "takes flags only, not 'word'")]
    public void What_cannot_be_done_is_refused(string line, string message) =>
        Assert.Contains(message, Assert.Throws<UsageException>(() => DryRun(line.Split(' '))).Message, StringComparison.Ordinal);

    [Fact]
    public void The_marks_and_users_of_the_defaults()
    {
        var options = RedirectCommand.Read([]);
        Assert.Equal((1337u, 1337u), (options.Mark, Assert.Single(options.Users)));
        Assert.Equal(2, RedirectRules.Chains(options).Count);
    }

    private static string DryRun(params string[] arguments)
    {
        using var output = new StringWriter();
        Assert.Equal(0, RedirectCommand.Run([.. arguments, "--dry-run"], output));
        return output.ToString();
    }
}
