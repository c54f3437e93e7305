using System.Net;
using System.Runtime.InteropServices;

namespace Mizzen.Netlink;

/// <summary>Links, addresses and routes (rtnetlink(7)) of the namespace in which this object was made. IPv4.</summary>
public sealed class RouteNetlink : IDisposable
{
    private const ushort NewLink = 16;
    private const ushort DeleteLink = 17;
    private const ushort GetLink = 18;
    private const ushort NewAddress = 20;
    private const ushort NewRoute = 24;

    private const ushort InterfaceName = 3;
    private const ushort LinkInfo = 18;
    private const ushort NamespaceDescriptor = 28;
    private const ushort InfoKind = 1;
    private const ushort InfoData = 2;
    private const ushort VethPeer = 1;
    private const byte Inet = 2;
    private const uint Up = 1;

    private readonly NetlinkSocket _socket = new(NetlinkSocket.Route);

    /// <summary>Makes a pair of connected links; the peer lies in another namespace.</summary>
    public void CreateVethPair(string name, string peerName, NetworkNamespace peerNamespace)
    {
        var message = Begin(NewLink, NetlinkSocket.Create | NetlinkSocket.Exclusive, LinkHeader(0, 0));
        message.Text(InterfaceName, name);
        message.BeginNested(LinkInfo);
        message.Text(InfoKind, "veth");
        message.BeginNested(InfoData);
        message.BeginNested(VethPeer);
        message.Raw(LinkHeader(0, 0));
        message.Text(InterfaceName, peerName);
        message.Number(NamespaceDescriptor, (uint)peerNamespace.Descriptor);
        message.EndNested();
        message.EndNested();
        message.EndNested();
        Send($"create the link pair {name} and {peerName}", message);
    }

    /// <summary>Removes a link; its peer goes with it.</summary>
    public void DeleteLinkNamed(string name)
    {
        var message = Begin(DeleteLink, 0, LinkHeader(IndexOf(name), 0));
        Send($"delete the link {name}", message);
    }

    /// <summary>Switches a link on.</summary>
    public void SetUp(string name)
    {
        var message = Begin(NewLink, 0, LinkHeader(IndexOf(name), Up));
        Send($"switch {name} on", message);
    }

    /// <summary>Gives a link an address.</summary>
    public void AddAddress(string link, IPAddress address, int prefixLength)
    {
        Span<byte> header = stackalloc byte[8];
        header[0] = Inet;
        header[1] = (byte)prefixLength;
        MemoryMarshal.Write(header[4..], IndexOf(link));
        var message = Begin(NewAddress, NetlinkSocket.Create | NetlinkSocket.Exclusive, header);
        message.Attribute(1, address.GetAddressBytes());
        message.Attribute(2, address.GetAddressBytes());
        Send($"give {link} the address {address}/{prefixLength}", message);
    }

    /// <summary>Adds a route over a link: directly when there is no gateway.</summary>
    public void AddRoute(IPAddress destination, int prefixLength, string link, IPAddress? gateway = null)
    {
        const byte MainTable = 254;
        const byte ProtocolBoot = 3;
        const byte ScopeUniverse = 0;
        const byte ScopeLink = 253;
        const byte Unicast = 1;
        ReadOnlySpan<byte> header = [Inet, (byte)prefixLength, 0, 0, MainTable, ProtocolBoot, gateway is null ? ScopeLink : ScopeUniverse, Unicast, 0, 0, 0, 0];
        var message = Begin(NewRoute, NetlinkSocket.Create | NetlinkSocket.Exclusive, header);
        if (prefixLength > 0)
        {
            message.Attribute(1, destination.GetAddressBytes());
        }

        if (gateway is not null)
        {
            message.Attribute(5, gateway.GetAddressBytes());
        }

        message.Number(4, (uint)IndexOf(link));
        Send($"route {destination}/{prefixLength} over {link}", message);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private int IndexOf(string link)
    {
        var message = new MessageWriter();
        message.BeginMessage(GetLink, NetlinkSocket.Request, _socket.NextSequence());
        message.Raw(LinkHeader(0, 0));
        message.Text(InterfaceName, link);
        message.EndMessage();
        return MemoryMarshal.Read<int>(_socket.Ask($"find the link {link}", message.ToArray()).AsSpan(4));
    }

    private MessageWriter Begin(ushort type, ushort flags, ReadOnlySpan<byte> header)
    {
        var message = new MessageWriter();
        message.BeginMessage(type, (ushort)(flags | NetlinkSocket.Request | NetlinkSocket.Ack), _socket.NextSequence());
        message.Raw(header);
        return message;
    }

    private void Send(string request, MessageWriter message)
    {
        message.EndMessage();
        _socket.Exchange(request, message.ToArray());
    }

    private static byte[] LinkHeader(int index, uint flags)
    {
        var header = new byte[16];
        MemoryMarshal.Write(header.AsSpan(4), index);
        MemoryMarshal.Write(header.AsSpan(8), flags);
        MemoryMarshal.Write(header.AsSpan(12), flags);
        return header;
    }
}
