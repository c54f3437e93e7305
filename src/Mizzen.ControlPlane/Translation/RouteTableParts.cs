using System.Collections;
using Envoy.Config.Route.V3;
using Google.Protobuf.Reflection;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Takes a route table apart: its virtual hosts may be shared by many tables, the rest is small.</summary>
internal static class RouteTableParts
{
    private static readonly IReadOnlyList<FieldDescriptor> OtherFields =
        [.. RouteConfiguration.Descriptor.Fields.InFieldNumberOrder().Where(field => field.FieldNumber != RouteConfiguration.VirtualHostsFieldNumber)];

    /// <summary>The other fields of the table, as they are. By reflection, so that a field that is added some day cannot be forgotten here.</summary>
    public static RouteConfiguration WithoutHosts(RouteConfiguration table)
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
}
