using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Resources;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Node;

/// <summary>Tells of changes of ConfigMaps and Secrets; who mounts them reads them then.</summary>
internal sealed class MountedConfiguration
{
    private readonly IReadOnlyList<Informer<PartialObjectMetadata>> _informers;

    /// <param name="client">The API.</param>
    /// <param name="changed">Told of each change.</param>
    /// <param name="logger">Told of interruptions.</param>
    /// <param name="clock">For pauses.</param>
    public MountedConfiguration(ResourceClient client, Action<ResourceKind, ObjectMeta> changed, ILogger logger, TimeProvider clock)
    {
        _informers = [Follow(KindCatalog.Of<ConfigMap>()), Follow(KindCatalog.Of<Secret>())];

        Informer<PartialObjectMetadata> Follow(ResourceKind kind)
        {
            var informer = new Informer<PartialObjectMetadata>(client, kind, null, null, logger, clock);
            informer.Changed += change => changed(kind, change.Object.Metadata);
            return informer;
        }
    }

    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(_informers.Select(informer => informer.RunAsync(cancellationToken)));

    /// <summary>Whether a volume of the pod shows this object.</summary>
    public static bool IsMounted(Pod pod, ResourceKind kind, ObjectMeta metadata) =>
        pod.Metadata.Namespace == metadata.Namespace
        && (pod.Spec?.Volumes ?? []).Any(volume => (kind.ClrType == typeof(Secret) ? SecretsOf(volume) : MapsOf(volume)).Contains(metadata.Name));

    /// <summary>Whether a volume shows labels or annotations, which may change while the pod runs.</summary>
    public static bool ShowsFacts(Pod pod) =>
        (pod.Spec?.Volumes ?? []).Any(volume => volume.DownwardApi is not null || (volume.Projected?.Sources ?? []).Any(source => source.DownwardApi is not null));

    private static IEnumerable<string?> MapsOf(Volume volume) => (volume.Projected?.Sources ?? []).Select(source => source.ConfigMap?.Name).Append(volume.ConfigMap?.Name);

    private static IEnumerable<string?> SecretsOf(Volume volume) => (volume.Projected?.Sources ?? []).Select(source => source.Secret?.Name).Append(volume.Secret?.SecretName);
}
