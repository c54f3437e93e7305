using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Mizzen.Netlink;

/// <summary>One step of an nf_tables rule: a match that may end the rule, or what is done with the packet.</summary>
public sealed class NftExpression
{
    private const uint Register1 = 1;
    private const uint Register2 = 2;
    private const uint VerdictRegister = 0;

    private readonly Action<MessageWriter> _write;

    private NftExpression(Action<MessageWriter> write) => _write = write;

    /// <summary>TCP packets only.</summary>
    public static NftExpression Tcp { get; } = Meta(16, equal: true, [6]);

    /// <summary>UDP packets only.</summary>
    public static NftExpression Udp { get; } = Meta(16, equal: true, [17]);

    /// <summary>Leaves the packet alone in this chain's hook.</summary>
    public static NftExpression Accept { get; } = Verdict(1);

    /// <summary>Goes back to the calling chain; in a base chain: its policy, accept.</summary>
    public static NftExpression Return { get; } = Verdict(-5);

    /// <summary>Throws the packet away.</summary>
    public static NftExpression Drop { get; } = Verdict(0);

    /// <summary>Writes the address of the link that the packet leaves by as its source.</summary>
    public static NftExpression Masquerade { get; } = new(message => Expression(message, "masq", static _ => { }));

    /// <summary>Packets that came in by this link (or by any other).</summary>
    public static NftExpression InputLink(string name, bool equal = true) => Meta(6, equal, LinkName(name));

    /// <summary>Packets that go out by this link (or by any other).</summary>
    public static NftExpression OutputLink(string name, bool equal = true) => Meta(7, equal, LinkName(name));

    /// <summary>Packets of a socket with this mark (SO_MARK).</summary>
    public static NftExpression Mark(uint mark, bool equal = true) => Meta(3, equal, BitConverter.GetBytes(mark));

    /// <summary>Packets of a socket of this user.</summary>
    public static NftExpression SocketUser(uint id, bool equal = true) => Meta(10, equal, BitConverter.GetBytes(id));

    /// <summary>Packets of a socket of this group.</summary>
    public static NftExpression SocketGroup(uint id, bool equal = true) => Meta(11, equal, BitConverter.GetBytes(id));

    /// <summary>Packets from this network.</summary>
    public static NftExpression Source(IPNetwork network, bool equal = true) => Address(12, network, equal);

    /// <summary>Packets to this network.</summary>
    public static NftExpression Destination(IPNetwork network, bool equal = true) => Address(16, network, equal);

    /// <summary>Packets to addresses that end with this byte.</summary>
    public static NftExpression DestinationEnding(byte last) => new(message =>
    {
        Payload(message, transport: false, offset: 19, length: 1);
        Compare(message, true, [last]);
    });

    /// <summary>Packets to this TCP or UDP port.</summary>
    public static NftExpression DestinationPort(ushort port, bool equal = true) => new(message =>
    {
        Payload(message, transport: true, offset: 2, length: 2);
        Compare(message, equal, PortBytes(port));
    });

    /// <summary>One packet in <paramref name="modulus"/>, by chance.</summary>
    public static NftExpression OneIn(uint modulus) => new(message =>
    {
        Expression(message, "numgen", data =>
        {
            data.NetworkNumber(1, Register1);
            data.NetworkNumber(2, modulus);
            data.NetworkNumber(3, 1);
        });
        Compare(message, equal: true, [0, 0, 0, 0]);
    });

    /// <summary>Sends the packet to this machine's own port; SO_ORIGINAL_DST tells where it was going.</summary>
    public static NftExpression Redirect(ushort port) => new(message =>
    {
        Immediate(message, Register1, PortBytes(port));
        Expression(message, "redir", static data => data.NetworkNumber(1, Register1));
    });

    /// <summary>Sends the packet to another address and port.</summary>
    public static NftExpression DestinationNat(IPEndPoint target) => new(message =>
    {
        Immediate(message, Register1, target.Address.GetAddressBytes());
        Immediate(message, Register2, PortBytes((ushort)target.Port));
        Expression(message, "nat", static data =>
        {
            data.NetworkNumber(1, 1);
            data.NetworkNumber(2, 2);
            data.NetworkNumber(3, Register1);
            data.NetworkNumber(5, Register2);
        });
    });

    internal void WriteTo(MessageWriter message) => _write(message);

    private static NftExpression Verdict(int code) => new(message => Expression(message, "immediate", data =>
    {
        data.NetworkNumber(1, VerdictRegister);
        data.BeginNested(2);
        data.BeginNested(2);
        data.NetworkNumber(1, unchecked((uint)code));
        data.EndNested();
        data.EndNested();
    }));

    private static NftExpression Meta(uint key, bool equal, byte[] value) => new(message =>
    {
        Expression(message, "meta", data =>
        {
            data.NetworkNumber(1, Register1);
            data.NetworkNumber(2, key);
        });
        Compare(message, equal, value);
    });

    private static NftExpression Address(uint offset, IPNetwork network, bool equal) => new(message =>
    {
        Payload(message, transport: false, offset, 4);
        if (network.PrefixLength < 32)
        {
            var mask = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(mask, network.PrefixLength == 0 ? 0 : uint.MaxValue << (32 - network.PrefixLength));
            Expression(message, "bitwise", data =>
            {
                data.NetworkNumber(1, Register1);
                data.NetworkNumber(2, Register1);
                data.NetworkNumber(3, 4);
                Value(data, 4, mask);
                Value(data, 5, new byte[4]);
            });
        }

        Compare(message, equal, network.BaseAddress.GetAddressBytes());
    });

    private static void Payload(MessageWriter message, bool transport, uint offset, uint length) =>
        Expression(message, "payload", data =>
        {
            data.NetworkNumber(1, Register1);
            data.NetworkNumber(2, transport ? 2u : 1u);
            data.NetworkNumber(3, offset);
            data.NetworkNumber(4, length);
        });

    private static void Compare(MessageWriter message, bool equal, byte[] value) =>
        Expression(message, "cmp", data =>
        {
            data.NetworkNumber(1, Register1);
            data.NetworkNumber(2, equal ? 0u : 1u);
            Value(data, 3, value);
        });

    private static void Immediate(MessageWriter message, uint register, byte[] value) =>
        Expression(message, "immediate", data =>
        {
            data.NetworkNumber(1, register);
            Value(data, 2, value);
        });

    private static void Value(MessageWriter message, ushort type, byte[] value)
    {
        message.BeginNested(type);
        message.Attribute(1, value);
        message.EndNested();
    }

    private static void Expression(MessageWriter message, string name, Action<MessageWriter> data)
    {
        message.BeginNested(1);
        message.Text(1, name);
        message.BeginNested(2);
        data(message);
        message.EndNested();
        message.EndNested();
    }

    private static byte[] PortBytes(ushort port) => [(byte)(port >> 8), (byte)port];

    // The kernel compares all 16 bytes of a link's name.
    private static byte[] LinkName(string name)
    {
        var bytes = new byte[16];
        Encoding.ASCII.GetBytes(name, bytes);
        return bytes;
    }
}
