using System.Collections;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation.Patching;

/// <summary>
/// Merges one message into another as Istio does: lists are appended, entries of maps and durations replaced, messages merged field by
/// field; what stands in an <see cref="Any"/> is merged when it is of the same type.
/// </summary>
internal static class MessageMerge
{
    /// <param name="into">What is changed.</param>
    /// <param name="from">What is added: it stays as it is.</param>
    /// <param name="replacesLists">Lists are replaced instead (<c>MERGE_AND_REPLACE_LIST</c>).</param>
    public static void Merge(IMessage into, IMessage from, bool replacesLists)
    {
        foreach (var field in from.Descriptor.Fields.InFieldNumberOrder())
        {
            if (field.IsMap)
            {
                MergeMap((IDictionary)field.Accessor.GetValue(into), (IDictionary)field.Accessor.GetValue(from));
            }
            else if (field.IsRepeated)
            {
                MergeList((IList)field.Accessor.GetValue(into), (IList)field.Accessor.GetValue(from), replacesLists);
            }
            else if (IsGiven(field, from))
            {
                MergeValue(field, into, field.Accessor.GetValue(from), replacesLists);
            }
        }
    }

    private static void MergeMap(IDictionary into, IDictionary from)
    {
        foreach (DictionaryEntry entry in from)
        {
            into[entry.Key] = Copy(entry.Value!);
        }
    }

    private static void MergeList(IList into, IList from, bool replaces)
    {
        if (replaces && from.Count > 0)
        {
            into.Clear();
        }

        foreach (var item in from)
        {
            into.Add(Copy(item));
        }
    }

    private static void MergeValue(FieldDescriptor field, IMessage into, object value, bool replacesLists)
    {
        var existing = field.FieldType == FieldType.Message && (!field.HasPresence || field.Accessor.HasValue(into)) ? field.Accessor.GetValue(into) as IMessage : null;
        if (value is Any any && existing is Any present)
        {
            MergeAny(present, any, replacesLists);
        }
        else if (value is IMessage message && existing is not null && message is not Duration)
        {
            Merge(existing, message, replacesLists);
        }
        else
        {
            field.Accessor.SetValue(into, Copy(value));
        }
    }

    // What is of another type is left as it was: Istio cannot merge that either.
    private static void MergeAny(Any into, Any from, bool replacesLists)
    {
        if (Any.GetTypeName(into.TypeUrl) == Any.GetTypeName(from.TypeUrl) && MessageTypes.Registry.Find(Any.GetTypeName(into.TypeUrl)) is { } type)
        {
            var merged = type.Parser.ParseFrom(into.Value);
            Merge(merged, type.Parser.ParseFrom(from.Value), replacesLists);
            into.Value = merged.ToByteString();
        }
    }

    private static bool IsGiven(FieldDescriptor field, IMessage message)
    {
        if (field.HasPresence)
        {
            return field.Accessor.HasValue(message);
        }

        return field.Accessor.GetValue(message) switch
        {
            null => false,
            string text => text.Length > 0,
            ByteString bytes => !bytes.IsEmpty,
            bool flag => flag,
            IMessage => true,
            var number => Convert.ToDouble(number, CultureInfo.InvariantCulture) != 0,
        };
    }

    private static object Copy(object value) => value is IMessage message ? message.Descriptor.Parser.ParseFrom(message.ToByteString()) : value;
}
