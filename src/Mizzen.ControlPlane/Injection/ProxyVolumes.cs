using Mizzen.Resources.Core;

namespace Mizzen.ControlPlane.Injection;

/// <summary>The files that a proxy needs: root certificate, token, the pod's labels, and room of its own.</summary>
internal static class ProxyVolumes
{
    private const long TokenSeconds = 43200;

    public static IReadOnlyList<Volume> All() =>
    [
        new() { Name = "workload-socket", EmptyDir = new EmptyDirVolumeSource() },
        new() { Name = "credential-socket", EmptyDir = new EmptyDirVolumeSource() },
        new() { Name = "workload-certs", EmptyDir = new EmptyDirVolumeSource() },
        new() { Name = "istio-envoy", EmptyDir = new EmptyDirVolumeSource { Medium = "Memory" } },
        new() { Name = "istio-data", EmptyDir = new EmptyDirVolumeSource() },
        new() { Name = "istio-podinfo", DownwardApi = new DownwardApiVolumeSource { Items = [Metadata("labels"), Metadata("annotations")] } },
        new() { Name = "istio-token", Projected = new ProjectedVolumeSource { Sources = [new() { ServiceAccountToken = Token }] } },
        new() { Name = "istiod-ca-cert", ConfigMap = new ConfigMapVolumeSource { Name = "istio-ca-root-cert" } },
    ];

    public static IReadOnlyList<VolumeMount> Mounts() =>
    [
        new() { Name = "workload-socket", MountPath = "/var/run/secrets/workload-spiffe-uds" },
        new() { Name = "credential-socket", MountPath = "/var/run/secrets/credential-uds" },
        new() { Name = "workload-certs", MountPath = "/var/run/secrets/workload-spiffe-credentials" },
        new() { Name = "istiod-ca-cert", MountPath = "/var/run/secrets/istio" },
        new() { Name = "istio-data", MountPath = "/var/lib/istio/data" },
        new() { Name = "istio-envoy", MountPath = "/etc/istio/proxy" },
        new() { Name = "istio-token", MountPath = "/var/run/secrets/tokens" },
        new() { Name = "istio-podinfo", MountPath = "/etc/istio/pod" },
    ];

    private static ServiceAccountTokenProjection Token => new() { Audience = "istio-ca", ExpirationSeconds = TokenSeconds, Path = "istio-token" };

    private static DownwardApiFile Metadata(string name) =>
        new() { Path = name, FieldRef = new ObjectFieldSelector { FieldPath = "metadata." + name } };
}
