using System.Net;

namespace Mizzen.Proxy.Transport;

/// <summary>A range of addresses (CIDR), compared without allocation.</summary>
internal readonly record struct AddressRange(UInt128 Prefix, int Length, bool IsV6)
{
    public static AddressRange Of(IPNetwork network)
    {
        var address = NetAddress.Of(network.BaseAddress, 0);
        return new AddressRange(address.Value, network.PrefixLength, address.IsV6);
    }

    public bool Contains(NetAddress address)
    {
        var rest = (IsV6 ? 128 : 32) - Length;
        return address.IsV6 == IsV6 && (rest == 128 || address.Value >> rest == Prefix >> rest);
    }
}
