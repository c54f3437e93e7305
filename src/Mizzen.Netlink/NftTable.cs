namespace Mizzen.Netlink;

/// <summary>Where a chain sees packets (nf_tables hooks of IPv4).</summary>
public enum NftHook
{
    /// <summary>Packets that arrive.</summary>
    Prerouting = 0,

    /// <summary>Packets that this machine sends.</summary>
    Output = 3,

    /// <summary>Packets that leave.</summary>
    Postrouting = 4,
}

/// <summary>A chain of address translation rules, tried in order for the first packet of each connection.</summary>
/// <param name="Name">The chain's name.</param>
/// <param name="Hook">Where it sees packets.</param>
/// <param name="Rules">The rules, each a list of steps.</param>
public sealed record NftChain(string Name, NftHook Hook, IReadOnlyList<IReadOnlyList<NftExpression>> Rules);

/// <summary>
/// An IPv4 nf_tables table of the namespace in which <see cref="Replace"/> is called. A table belongs to its writer alone: replacing
/// it is one transaction, packets see the old rules or the new ones and nothing between.
/// </summary>
public sealed class NftTable(string name)
{
    private const ushort Subsystem = 10 << 8;
    private const ushort NewTable = Subsystem | 0;
    private const ushort DeleteTable = Subsystem | 2;
    private const ushort NewChain = Subsystem | 3;
    private const ushort NewRule = Subsystem | 6;
    private const ushort BatchBegin = 0x10;
    private const ushort BatchEnd = 0x11;
    private const byte Inet = 2;
    private const int DestinationPriority = -100;
    private const int SourcePriority = 100;

    private static readonly byte[] Header = [Inet, 0, 0, 0];
    private static readonly byte[] BatchHeader = [0, 0, 0, 10];

    /// <summary>Puts these chains in the place of whatever the table held before.</summary>
    /// <exception cref="NetlinkException">The kernel refuses; the old rules stay.</exception>
    public void Replace(IReadOnlyList<NftChain> chains)
    {
        // Deleting a table that is not there is an error; creating one that is there is none.
        List<(ushort Type, ushort Flags, Action<MessageWriter> Body)> requests =
        [
            (NewTable, NetlinkSocket.Create, data => data.Text(1, name)),
            (DeleteTable, 0, data => data.Text(1, name)),
            (NewTable, NetlinkSocket.Create, data => data.Text(1, name)),
        ];
        foreach (var chain in chains)
        {
            requests.Add((NewChain, NetlinkSocket.Create, data => WriteChain(data, chain)));
            requests.AddRange(chain.Rules.Select(rule =>
                (NewRule, (ushort)(NetlinkSocket.Create | NetlinkSocket.Append), (Action<MessageWriter>)(data => WriteRule(data, chain.Name, rule)))));
        }

        Commit(requests);
    }

    // The kernel tells of every refusal, in order. Only the last request asks to be told of success too: thousands of answers would
    // not fit into the socket.
    private void Commit(List<(ushort Type, ushort Flags, Action<MessageWriter> Body)> requests)
    {
        using var socket = new NetlinkSocket(NetlinkSocket.Netfilter);
        socket.AllowLongMessages();
        var message = new MessageWriter();
        Batch(message, BatchBegin, socket);
        for (var i = 0; i < requests.Count; i++)
        {
            var (type, flags, body) = requests[i];
            var acknowledge = i == requests.Count - 1 ? NetlinkSocket.Ack : 0;
            message.BeginMessage(type, (ushort)(flags | NetlinkSocket.Request | acknowledge), socket.NextSequence());
            message.Raw(Header);
            body(message);
            message.EndMessage();
        }

        Batch(message, BatchEnd, socket);
        socket.Exchange($"write the nftables table {name}", message.ToArray());
    }

    private static void Batch(MessageWriter message, ushort type, NetlinkSocket socket)
    {
        message.BeginMessage(type, NetlinkSocket.Request, socket.NextSequence());
        message.Raw(BatchHeader);
        message.EndMessage();
    }

    private void WriteChain(MessageWriter data, NftChain chain)
    {
        data.Text(1, name);
        data.Text(3, chain.Name);
        data.BeginNested(4);
        data.NetworkNumber(1, (uint)chain.Hook);
        data.NetworkNumber(2, unchecked((uint)(chain.Hook == NftHook.Postrouting ? SourcePriority : DestinationPriority)));
        data.EndNested();
        data.Text(7, "nat");
    }

    private void WriteRule(MessageWriter data, string chain, IReadOnlyList<NftExpression> rule)
    {
        data.Text(1, name);
        data.Text(2, chain);
        data.BeginNested(4);
        foreach (var expression in rule)
        {
            expression.WriteTo(data);
        }

        data.EndNested();
    }
}
