using Mizzen.Proxy.Transport;

namespace Mizzen.Fuzz.Targets;

/// <summary>Headers of the PROXY protocol: what is taken has an end within its limit, says the same whatever follows, and can be written again.</summary>
internal sealed class ProxyHeaderTarget : FuzzTarget
{
    public override string Name => "proxy-header";

    public override void Run(byte[] input)
    {
        if (ProxyHeader.Read(input, out var header, out var length) != ProxyHeaderResult.Complete)
        {
            return;
        }

        Require(length <= input.Length && length <= (header.Version == 1 ? ProxyHeader.LongestText : ProxyHeader.LongestBinary), "the header has an end");
        Require(ProxyHeader.Read(input.AsSpan(0, length - 1), out _, out _) == ProxyHeaderResult.Incomplete, "a part of it is not enough");
        if (header.Source.IsNone || header.Destination.IsNone)
        {
            return;
        }

        var written = new byte[ProxyHeader.LongestText];
        var count = ProxyHeader.Write(header.Version, header.Source, header.Destination, written);
        Require(ProxyHeader.Read(written.AsSpan(0, count), out var again, out _) == ProxyHeaderResult.Complete, "what is written is read");
        Require(again == header, "and says the same");
    }
}
