using System.Runtime.CompilerServices;
using Envoy.Config.Route.V3;
using Google.Protobuf;
using Mizzen.ControlPlane.Translation;

namespace Mizzen.ControlPlane.Push;

/// <summary>
/// Serializes route tables from virtual hosts that are serialized once each: a table may hold thousands that every namespace shares, and
/// usually one of them has changed. Safe for use by several threads.
/// </summary>
internal sealed class RouteTableEncoding
{
    private readonly ConditionalWeakTable<VirtualHost, ByteString> _hosts = [];

    /// <summary>The table's serialized form: its other fields, then its virtual hosts in their order.</summary>
    public byte[] Encode(RouteConfiguration table)
    {
        var rest = RouteTableParts.WithoutHosts(table);
        var hosts = table.VirtualHosts.Select(host => _hosts.GetValue(host, MessageExtensions.ToByteString)).ToList();
        var bytes = new byte[rest.CalculateSize() + hosts.Sum(SizeOf)];
        using var output = new CodedOutputStream(bytes);
        rest.WriteTo(output);
        foreach (var host in hosts)
        {
            output.WriteTag(RouteConfiguration.VirtualHostsFieldNumber, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(host);
        }

        output.CheckNoSpaceLeft();
        return bytes;
    }

    private static int SizeOf(ByteString host) =>
        CodedOutputStream.ComputeTagSize(RouteConfiguration.VirtualHostsFieldNumber) + CodedOutputStream.ComputeBytesSize(host);
}
