using Google.Protobuf;
using Google.Protobuf.Collections;
using Mizzen.ControlPlane.Model.EnvoyFilters;

namespace Mizzen.ControlPlane.Translation.Patching;

/// <summary>A list of named entries (filters, routes) in which patches insert, replace, remove and merge.</summary>
internal static class PatchedList
{
    /// <summary>Applies the patches in their order; those that merge come last, so that they also meet what was inserted.</summary>
    /// <param name="list">What is changed.</param>
    /// <param name="patches">The patches for this list.</param>
    /// <param name="names">Whether a patch says which entries it means.</param>
    /// <param name="means">Whether it means that one.</param>
    /// <param name="end">Where entries go that are appended.</param>
    public static void Apply<T>(
        RepeatedField<T> list, IReadOnlyList<EnvoyPatch> patches, Predicate<EnvoyPatch> names, Func<T, EnvoyPatch, bool> means, Func<EnvoyPatch, int> end)
        where T : class, IMessage<T>, IDeepCloneable<T>
    {
        foreach (var patch in patches.Where(patch => !patch.IsMerge))
        {
            Change(list, patch, names(patch), entry => means(entry, patch), end);
        }

        foreach (var patch in patches.Where(patch => patch.IsMerge))
        {
            foreach (var entry in list.Where(entry => means(entry, patch)))
            {
                MessageMerge.Merge(entry, patch.Value!, patch.Operation == PatchOperation.MergeAndReplaceList);
            }
        }
    }

    private static void Change<T>(RepeatedField<T> list, EnvoyPatch patch, bool isNamed, Func<T, bool> means, Func<EnvoyPatch, int> end)
        where T : class, IMessage<T>, IDeepCloneable<T>
    {
        if (patch.Operation == PatchOperation.Remove)
        {
            Remove(list, means);
            return;
        }

        var found = isNamed ? IndexOf(list, means) : -1;
        var value = ((T)patch.Value!).Clone();
        if (patch.Operation == PatchOperation.Replace)
        {
            if (found >= 0)
            {
                list[found] = value;
            }
        }
        else if (patch.Operation == PatchOperation.Add || (!isNamed && patch.Operation == PatchOperation.InsertAfter))
        {
            list.Insert(end(patch), value);
        }
        else if (!isNamed || found >= 0)
        {
            list.Insert(patch.Operation switch { PatchOperation.InsertFirst => 0, PatchOperation.InsertAfter => found + 1, _ => Math.Max(found, 0) }, value);
        }
    }

    private static void Remove<T>(RepeatedField<T> list, Func<T, bool> means)
    {
        for (var i = list.Count - 1; i >= 0; i--)
        {
            if (means(list[i]))
            {
                list.RemoveAt(i);
            }
        }
    }

    private static int IndexOf<T>(RepeatedField<T> list, Func<T, bool> means)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (means(list[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
