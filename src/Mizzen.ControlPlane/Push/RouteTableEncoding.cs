using System.Collections;
using System.Runtime.CompilerServices;
using Envoy.Config.Route.V3;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Mizzen.ControlPlane.Push;

/// <summary>
/// Serializes route tables from virtual hosts that are serialized once each: a table may hold thousands that every namespace shares, and
/// usually one of them has changed. Safe for use by several threads.
/// </summary>
internal sealed class RouteTableEncoding
{
    private static readonly IReadOnlyList<FieldDescriptor> OtherFields =
        [.. RouteConfiguration.Descriptor.Fields.InFieldNumberOrder().Where(field => field.FieldNumber != RouteConfiguration.VirtualHostsFieldNumber)];

    private readonly ConditionalWeakTable<VirtualHost, ByteString> _hosts = [];

    /// <summary>The table's serialized form: its other fields, then its virtual hosts in their order.</summary>
    public byte[] Encode(RouteConfiguration table)
    {
        var rest = WithoutHosts(table);
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

    // By reflection, so that a field that is added some day cannot be forgotten here.
    private static RouteConfiguration WithoutHosts(RouteConfiguration table)
    {
        var rest = new RouteConfiguration();
        foreach (var field in OtherFields)
        {
            Copy(field, table, rest);
        }

        return rest;
    }

    private static void Copy(FieldDescriptor field, RouteConfiguration from, RouteConfiguration to)
    {
        var value = field.Accessor.GetValue(from);
        if (field.IsMap)
        {
            foreach (DictionaryEntry entry in (IDictionary)value)
            {
                ((IDictionary)field.Accessor.GetValue(to)).Add(entry.Key, entry.Value);
            }
        }
        else if (field.IsRepeated)
        {
            foreach (var item in (IList)value)
            {
                ((IList)field.Accessor.GetValue(to)).Add(item);
            }
        }
        else if (!field.HasPresence || field.Accessor.HasValue(from))
        {
            field.Accessor.SetValue(to, value);
        }
    }

    private static int SizeOf(ByteString host) =>
        CodedOutputStream.ComputeTagSize(RouteConfiguration.VirtualHostsFieldNumber) + CodedOutputStream.ComputeBytesSize(host);
}
