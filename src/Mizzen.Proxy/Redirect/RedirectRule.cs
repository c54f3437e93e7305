using System.Net;
using Mizzen.Netlink;

namespace Mizzen.Proxy.Redirect;

/// <summary>A rule as the kernel takes it and as nft(8) would write it.</summary>
internal sealed record RedirectRule(string Text, IReadOnlyList<NftExpression> Steps)
{
    /// <summary>A rule about every TCP packet; conditions follow.</summary>
    public static RedirectRule Tcp { get; } = new("meta l4proto tcp", [NftExpression.Tcp]);

    /// <summary>A rule about every UDP packet; conditions follow.</summary>
    public static RedirectRule Udp { get; } = new("meta l4proto udp", [NftExpression.Udp]);

    public RedirectRule ToPort(ushort port) => With($"tcp dport {port}", NftExpression.DestinationPort(port));

    public RedirectRule ToUdpPort(ushort port) => With($"udp dport {port}", NftExpression.DestinationPort(port));

    public RedirectRule NotToPort(ushort port) => With($"tcp dport != {port}", NftExpression.DestinationPort(port, equal: false));

    public RedirectRule From(IPNetwork network) => With($"ip saddr {network}", NftExpression.Source(network));

    public RedirectRule To(IPNetwork network) => With($"ip daddr {network}", NftExpression.Destination(network));

    public RedirectRule NotTo(IPNetwork network) => With($"ip daddr != {network}", NftExpression.Destination(network, equal: false));

    public RedirectRule In(string link) => With($"iifname \"{link}\"", NftExpression.InputLink(link));

    public RedirectRule Out(string link) => With($"oifname \"{link}\"", NftExpression.OutputLink(link));

    public RedirectRule Accept() => With("accept", NftExpression.Accept);

    public RedirectRule Redirect(ushort port) => With($"redirect to :{port}", NftExpression.Redirect(port));

    public RedirectRule With(string text, NftExpression step) => new($"{Text} {text}", [.. Steps, step]);
}
