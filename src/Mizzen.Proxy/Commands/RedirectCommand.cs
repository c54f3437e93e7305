using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Mizzen.Netlink;
using Mizzen.Proxy.Names;
using Mizzen.Proxy.Redirect;

namespace Mizzen.Proxy.Commands;

/// <summary><c>mizzen-proxy istio-iptables</c>: writes the redirect rules of the network namespace in which it runs.</summary>
internal static class RedirectCommand
{
    public const string Name = "istio-iptables";

    private const int NotPermitted = 1;

    private static readonly Flag[] Known =
    [
        new("envoy-port", "port that takes outbound connections (15001)", 'p'),
        new("inbound-capture-port", "port that takes inbound connections (15006)", 'z'),
        new("inbound-tunnel-port", "port of HBONE, never redirected (15008)", 'e'),
        new("proxy-uid", "comma list of users whose connections are the proxy's own (1337)", 'u'),
        new("proxy-gid", "comma list of groups whose connections are the proxy's own", 'g'),
        new("istio-inbound-interception-mode", "REDIRECT", 'm'),
        new("istio-inbound-ports", "inbound ports to take, * for all", 'b'),
        new("istio-local-exclude-ports", "inbound ports to leave alone", 'd'),
        new("istio-service-cidr", "destinations to take, * for all", 'i'),
        new("istio-service-exclude-cidr", "destinations to leave alone", 'x'),
        new("istio-outbound-ports", "outbound ports to take whatever the destination", 'q'),
        new("istio-local-outbound-ports-exclude", "outbound ports to leave alone", 'o'),
        new("istio-exclude-interfaces", "links whose traffic is left alone", 'c'),
        new("kube-virt-interfaces", "", 'k'),
        new("inbound-tproxy-mark", "", 't'),
        new("inbound-tproxy-route-table", "", 'r'),
        new("iptables-probe-port"),
        new("probe-timeout"),
        new("log_output_level"),
        new("cleanup-only", "remove the rules", IsSwitch: true),
        new("dry-run", "write the rules to standard output only", 'n', IsSwitch: true),
        new("redirect-dns", "requests to the name servers of /etc/resolv.conf go to the proxy's own (15053)", IsSwitch: true),
        new("capture-all-dns", "with redirect-dns: requests to all name servers do", IsSwitch: true),
        new("run-validation", "", IsSwitch: true),
        new("skip-rule-apply", "", IsSwitch: true),
        new("force-apply", "", IsSwitch: true),
        new("native-nftables", "", IsSwitch: true),
        new("drop-invalid", "", IsSwitch: true),
        new("dual-stack", "", IsSwitch: true),
        new("cni-mode", "", IsSwitch: true),
        new("log_as_json", "", IsSwitch: true),
        new("help", "this text", 'h', IsSwitch: true),
    ];

    public static string Help => $"""
        mizzen-proxy istio-iptables: brings the TCP traffic of this network namespace to the proxy (nftables)

        usage: mizzen-proxy istio-iptables [flags of Istio's istio-iptables]

        {Flags.Help(Known)}
        """;

    public static int Run(ReadOnlySpan<string> arguments, TextWriter output)
    {
        var flags = new Flags(Name, Known).Parse(arguments);
        if (flags.Has("help"))
        {
            output.Write(Help);
            return 0;
        }

        var options = Read(flags);
        if (flags.Has("dry-run"))
        {
            output.Write(Text(options));
            return 0;
        }

        Write(flags.Has("cleanup-only") ? [] : RedirectRules.Chains(options));
        output.WriteLine(flags.Has("cleanup-only")
            ? $"the nftables table {RedirectRules.Table} is empty: nothing is redirected"
            : $"inbound TCP goes to {options.InboundPort}, outbound TCP to {options.OutboundPort} (nftables table {RedirectRules.Table})");
        return 0;
    }

    /// <summary>The flags as options.</summary>
    /// <exception cref="UsageException">A value cannot be used.</exception>
    public static RedirectOptions Read(ReadOnlySpan<string> arguments) => Read(new Flags(Name, Known).Parse(arguments));

    private static RedirectOptions Read(Flags flags)
    {
        if (flags.Rest.Count > 0)
        {
            throw new UsageException($"{Name} takes flags only, not '{flags.Rest[0]}'");
        }

        RefuseUnsupported(flags);
        return new RedirectOptions
        {
            OutboundPort = Ports(flags, "envoy-port", "15001")[0],
            InboundPort = Ports(flags, "inbound-capture-port", "15006")[0],
            TunnelPort = Ports(flags, "inbound-tunnel-port", "15008")[0],
            Users = Ids(flags, "proxy-uid", "1337"),
            Groups = Ids(flags, "proxy-gid", ""),
            InboundPorts = flags["istio-inbound-ports"] is null or "*" ? null : Ports(flags, "istio-inbound-ports", ""),
            ExcludedInboundPorts = Ports(flags, "istio-local-exclude-ports", ""),
            Networks = flags["istio-service-cidr"] is null or "*" ? null : Networks(flags, "istio-service-cidr"),
            ExcludedNetworks = Networks(flags, "istio-service-exclude-cidr"),
            OutboundPorts = Ports(flags, "istio-outbound-ports", ""),
            ExcludedOutboundPorts = Ports(flags, "istio-local-outbound-ports-exclude", ""),
            NamesPort = flags.Has("redirect-dns") ? NameServer.Port : null,
            NameServers = flags.Has("capture-all-dns") ? null : NameServers(),
            ExcludedLinks = List(flags["istio-exclude-interfaces"] ?? ""),
        };
    }

    private static List<IPAddress> NameServers() =>
        [.. ResolverConfiguration.OfThisHost().Servers.Select(server => server.Address).Where(address => address.AddressFamily == AddressFamily.InterNetwork)];

    private static void RefuseUnsupported(Flags flags)
    {
        if (flags["istio-inbound-interception-mode"] is { } mode and not "REDIRECT")
        {
            throw new UsageException($"-m {mode}: only REDIRECT is supported (pod annotation sidecar.istio.io/interceptionMode)");
        }

        if (flags.Has("dual-stack"))
        {
            throw new UsageException("--dual-stack is not supported yet: leave it out");
        }

        if (flags["kube-virt-interfaces"] is { Length: > 0 })
        {
            throw new UsageException("-k (istio.io/reroute-virtual-interfaces) is not supported yet: leave it out");
        }
    }

    private static void Write(IReadOnlyList<NftChain> chains)
    {
        try
        {
            new NftTable(RedirectRules.Table).Replace(chains);
        }
        catch (NetlinkException error) when (error.Errno == NotPermitted)
        {
            throw new UsageException(
                "this needs the capability NET_ADMIN in its network namespace: give it to the init container (securityContext.capabilities.add: [NET_ADMIN]) "
                + $"or run it as root ({error.Message})");
        }
    }

    private static string Text(RedirectOptions options) => string.Concat(
        RedirectRules.Inbound(options).Select(rule => $"inbound: {rule.Text}\n").Concat(RedirectRules.Outbound(options).Select(rule => $"outbound: {rule.Text}\n")));

    private static string[] List(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static List<ushort> Ports(Flags flags, string name, string absent)
    {
        var ports = new List<ushort>();
        foreach (var word in List(flags[name] ?? absent))
        {
            ports.Add(ushort.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                ? port
                : throw new UsageException($"--{name}: '{word}' is not a port (0 to 65535)"));
        }

        return ports.Count > 0 || absent.Length == 0 ? ports : throw new UsageException($"--{name} needs a port");
    }

    private static List<uint> Ids(Flags flags, string name, string absent) => [.. List(flags[name] ?? absent).Select(word =>
        uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw new UsageException($"--{name}: '{word}' is not a number"))];

    private static List<IPNetwork> Networks(Flags flags, string name) => [.. List(flags[name] ?? "").Select(word =>
        IPNetwork.TryParse(word.Contains('/', StringComparison.Ordinal) ? word : word + "/32", out var network) && network.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork
            ? network
            : throw new UsageException($"--{name}: '{word}' is not an IPv4 network like 10.0.0.0/8"))];
}
