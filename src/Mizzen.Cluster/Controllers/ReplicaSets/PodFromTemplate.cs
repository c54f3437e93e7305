using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.ReplicaSets;

/// <summary>The next pod of a ReplicaSet.</summary>
internal static class PodFromTemplate
{
    public static Pod Create(ReplicaSet set)
    {
        var template = set.Spec?.Template ?? new PodTemplateSpec();
        var prefix = set.Metadata.Name + "-";
        return new Pod
        {
            Metadata = new ObjectMeta
            {
                // Named here rather than by the server: so what is being waited for has a name before it exists.
                Name = GeneratedName.From(prefix),
                GenerateName = prefix,
                Namespace = set.Metadata.Namespace,
                Labels = template.Metadata?.Labels,
                Annotations = template.Metadata?.Annotations,
                Finalizers = template.Metadata?.Finalizers,
                OwnerReferences = [Ownership.ReferenceTo(set)],
            },
            Spec = template.Spec,
        };
    }
}
