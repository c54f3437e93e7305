using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Networking;

/// <summary>Settings of the proxies of a workload, a namespace or the mesh (<c>networking.istio.io</c> ProxyConfig), read when a pod starts.</summary>
public sealed record ProxyConfig : Resource
{
    public ProxyConfigSpec? Spec { get; init; }

    public IstioStatus? Status { get; init; }
}

public sealed record ProxyConfigSpec
{
    /// <summary>The workloads of its namespace that it is for; all where it is missing.</summary>
    public LabelSelector? Selector { get; init; }

    /// <summary>Event loops; 0 for one per processor.</summary>
    public int? Concurrency { get; init; }

    /// <summary>Environment of the proxy; <c>ISTIO_META_*</c> become metadata of its xDS node.</summary>
    public IReadOnlyDictionary<string, string>? EnvironmentVariables { get; init; }

    public ProxyImage? Image { get; init; }
}

public sealed record ProxyImage
{
    /// <summary>default, debug or distroless.</summary>
    public string? ImageType { get; init; }
}
