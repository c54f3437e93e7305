using System.Text.Json;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Ingress;

/// <summary>Kubernetes' own HTTP routes (<c>networking.k8s.io/v1</c> Ingress): stored, not served yet.</summary>
public sealed record KubernetesIngress : Resource
{
    public JsonElement? Spec { get; init; }

    public JsonElement? Status { get; init; }
}
