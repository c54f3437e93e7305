using System.Text.Json;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Ingress;

/// <summary>Kubernetes' own HTTP routes (<c>networking.k8s.io/v1</c> Ingress): those of the mesh's class are served by its gateway.</summary>
public sealed record KubernetesIngress : Resource
{
    public IngressSpec? Spec { get; init; }

    public IngressStatus? Status { get; init; }
}

public sealed record IngressSpec
{
    public string? IngressClassName { get; init; }

    /// <summary>Takes what no rule takes.</summary>
    public IngressBackend? DefaultBackend { get; init; }

    public IReadOnlyList<IngressTLS>? Tls { get; init; }

    public IReadOnlyList<IngressRule>? Rules { get; init; }
}

public sealed record IngressTLS
{
    /// <summary>Every host where none is named.</summary>
    public IReadOnlyList<string>? Hosts { get; init; }

    /// <summary>The Secret with the certificate.</summary>
    public string? SecretName { get; init; }
}

public sealed record IngressRule
{
    /// <summary>Every host where none is named; a wildcard stands for one label.</summary>
    public string? Host { get; init; }

    public HTTPIngressRuleValue? Http { get; init; }
}

public sealed record HTTPIngressRuleValue
{
    public IReadOnlyList<HTTPIngressPath>? Paths { get; init; }
}

public sealed record HTTPIngressPath
{
    public string? Path { get; init; }

    /// <summary>Exact, Prefix (segments of the path) or ImplementationSpecific.</summary>
    public string? PathType { get; init; }

    public IngressBackend? Backend { get; init; }
}

public sealed record IngressBackend
{
    public IngressServiceBackend? Service { get; init; }

    public JsonElement? Resource { get; init; }
}

public sealed record IngressServiceBackend
{
    public string? Name { get; init; }

    public ServiceBackendPort? Port { get; init; }
}

public sealed record ServiceBackendPort
{
    public string? Name { get; init; }

    public int? Number { get; init; }
}

public sealed record IngressStatus
{
    public IngressLoadBalancerStatus? LoadBalancer { get; init; }
}

public sealed record IngressLoadBalancerStatus
{
    public IReadOnlyList<IngressLoadBalancerIngress>? Ingress { get; init; }
}

public sealed record IngressLoadBalancerIngress
{
    public string? Ip { get; init; }

    public string? Hostname { get; init; }
}
