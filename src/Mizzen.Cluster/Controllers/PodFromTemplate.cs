using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers;

/// <summary>The next pod of an owner.</summary>
internal static class PodFromTemplate
{
    /// <param name="owner">Whose pod it becomes.</param>
    /// <param name="template">What it is made of.</param>
    /// <param name="labels">Labels beside the template's.</param>
    public static Pod Create<T>(T owner, PodTemplateSpec? template, IReadOnlyDictionary<string, string>? labels = null)
        where T : Resource
    {
        var prefix = owner.Metadata.Name + "-";
        return new Pod
        {
            Metadata = new ObjectMeta
            {
                // Named here rather than by the server: so what is being waited for has a name before it exists.
                Name = GeneratedName.From(prefix),
                GenerateName = prefix,
                Namespace = owner.Metadata.Namespace,
                Labels = Merged(template?.Metadata?.Labels, labels),
                Annotations = template?.Metadata?.Annotations,
                Finalizers = template?.Metadata?.Finalizers,
                OwnerReferences = [Ownership.ReferenceTo(owner)],
            },
            Spec = template?.Spec,
        };
    }

    private static IReadOnlyDictionary<string, string>? Merged(IReadOnlyDictionary<string, string>? first, IReadOnlyDictionary<string, string>? second)
    {
        if (first is null || second is null)
        {
            return first ?? second;
        }

        var merged = new Dictionary<string, string>(first);
        foreach (var (name, value) in second)
        {
            merged[name] = value;
        }

        return merged;
    }
}
