using System.Net;
using Mizzen.Netlink;

namespace Mizzen.Proxy.Redirect;

/// <summary>
/// The nftables rules that bring a pod's TCP traffic to its proxy: what Istio's iptables chains decide, in their order, in one table
/// that is replaced as a whole. The first rule that fits decides.
/// </summary>
internal static class RedirectRules
{
    /// <summary>The table's name; it belongs to this program alone.</summary>
    public const string Table = "istio-redirect";

    private const ushort DnsPort = 53;
    private static readonly IPNetwork Loopback = IPNetwork.Parse("127.0.0.0/8");

    /// <summary>The source address of the proxy's connections to its own application.</summary>
    private static readonly IPNetwork ProxyToApplication = IPNetwork.Parse("127.0.0.6/32");

    /// <summary>Rules for connections that arrive.</summary>
    public static IEnumerable<RedirectRule> Inbound(RedirectOptions options)
    {
        var tcp = RedirectRule.Tcp;
        foreach (var link in options.ExcludedLinks)
        {
            yield return tcp.In(link).Accept();
        }

        yield return tcp.ToPort(options.TunnelPort).Accept();
        foreach (var port in options.ExcludedInboundPorts)
        {
            yield return tcp.ToPort(port).Accept();
        }

        if (options.InboundPorts is null)
        {
            yield return tcp.Redirect(options.InboundPort);
        }

        foreach (var port in options.InboundPorts ?? [])
        {
            yield return tcp.ToPort(port).Redirect(options.InboundPort);
        }
    }

    /// <summary>Rules for connections that the pod opens.</summary>
    public static IEnumerable<RedirectRule> Outbound(RedirectOptions options)
    {
        var tcp = RedirectRule.Tcp;
        foreach (var link in options.ExcludedLinks)
        {
            yield return tcp.Out(link).Accept();
        }

        foreach (var port in options.ExcludedOutboundPorts)
        {
            yield return tcp.ToPort(port).Accept();
        }

        yield return tcp.Out("lo").From(ProxyToApplication).Accept();
        // The application called itself by its service: the proxy's connection to the pod's own address is inbound traffic.
        foreach (var own in Own(options))
        {
            yield return own(tcp.Out("lo").NotTo(Loopback).NotToPort(options.TunnelPort)).Redirect(options.InboundPort);
        }

        foreach (var own in Own(options))
        {
            yield return own(tcp).Accept();
        }

        foreach (var rule in OfNames(options))
        {
            yield return rule;
        }

        yield return tcp.Out("lo").Accept();
        yield return tcp.To(Loopback).Accept();
        foreach (var network in options.ExcludedNetworks)
        {
            yield return tcp.To(network).Accept();
        }

        foreach (var rule in Taken(options))
        {
            yield return rule;
        }
    }

    /// <summary>Requests for names go to the proxy's own name server, wherever it is that they are sent: the loopback address, too.</summary>
    private static IEnumerable<RedirectRule> OfNames(RedirectOptions options)
    {
        if (options.NamesPort is not { } port)
        {
            yield break;
        }

        foreach (var own in Own(options))
        {
            yield return own(RedirectRule.Udp.ToUdpPort(DnsPort)).Accept();
        }

        foreach (var requests in new[] { RedirectRule.Udp.ToUdpPort(DnsPort), RedirectRule.Tcp.ToPort(DnsPort) })
        {
            if (options.NameServers is null)
            {
                yield return requests.Redirect(port);
            }

            foreach (var server in options.NameServers ?? [])
            {
                yield return requests.To(new IPNetwork(server, 32)).Redirect(port);
            }
        }
    }

    /// <summary>Both chains, for the kernel.</summary>
    public static IReadOnlyList<NftChain> Chains(RedirectOptions options) =>
    [
        new NftChain("inbound", NftHook.Prerouting, [.. Inbound(options).Select(rule => rule.Steps)]),
        new NftChain("outbound", NftHook.Output, [.. Outbound(options).Select(rule => rule.Steps)]),
    ];

    private static IEnumerable<RedirectRule> Taken(RedirectOptions options)
    {
        var tcp = RedirectRule.Tcp;
        foreach (var port in options.OutboundPorts)
        {
            yield return tcp.ToPort(port).Redirect(options.OutboundPort);
        }

        foreach (var network in options.Networks ?? [])
        {
            yield return tcp.To(network).Redirect(options.OutboundPort);
        }

        if (options.Networks is null)
        {
            yield return tcp.Redirect(options.OutboundPort);
        }
    }

    private static IEnumerable<Func<RedirectRule, RedirectRule>> Own(RedirectOptions options) =>
    [
        rule => rule.With($"meta mark {options.Mark}", NftExpression.Mark(options.Mark)),
        .. options.Users.Select(user => (Func<RedirectRule, RedirectRule>)(rule => rule.With($"meta skuid {user}", NftExpression.SocketUser(user)))),
        .. options.Groups.Select(group => (Func<RedirectRule, RedirectRule>)(rule => rule.With($"meta skgid {group}", NftExpression.SocketGroup(group)))),
    ];
}
