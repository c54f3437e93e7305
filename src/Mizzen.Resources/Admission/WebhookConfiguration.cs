using System.Text.Json;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Admission;

/// <summary>Webhooks that may change objects before they are stored (<c>admissionregistration.k8s.io/v1</c>).</summary>
public sealed record MutatingWebhookConfiguration : Resource
{
    [ListMap("name")]
    [PatchMerge("name")]
    public IReadOnlyList<Webhook>? Webhooks { get; init; }
}

/// <summary>Webhooks that may refuse objects (<c>admissionregistration.k8s.io/v1</c>).</summary>
public sealed record ValidatingWebhookConfiguration : Resource
{
    [ListMap("name")]
    [PatchMerge("name")]
    public IReadOnlyList<Webhook>? Webhooks { get; init; }
}

public sealed record Webhook
{
    public required string Name { get; init; }

    public WebhookClientConfig? ClientConfig { get; init; }

    public IReadOnlyList<RuleWithOperations>? Rules { get; init; }

    /// <summary>Ignore or Fail (default).</summary>
    public string? FailurePolicy { get; init; }

    /// <summary>Exact or Equivalent (default).</summary>
    public string? MatchPolicy { get; init; }

    public LabelSelector? NamespaceSelector { get; init; }

    public LabelSelector? ObjectSelector { get; init; }

    public string? SideEffects { get; init; }

    /// <summary>1 to 30 seconds; 10 by default.</summary>
    public int? TimeoutSeconds { get; init; }

    public IReadOnlyList<string>? AdmissionReviewVersions { get; init; }

    /// <summary>Never (default) or IfNeeded; only of mutating webhooks.</summary>
    public string? ReinvocationPolicy { get; init; }

    [ListMap("name")]
    [PatchMerge("name")]
    public IReadOnlyList<MatchCondition>? MatchConditions { get; init; }
}

public sealed record MatchCondition
{
    public required string Name { get; init; }

    public required string Expression { get; init; }
}

public sealed record WebhookClientConfig
{
    public string? Url { get; init; }

    public ServiceReference? Service { get; init; }

    /// <summary>PEM in base64.</summary>
    public string? CaBundle { get; init; }
}

public sealed record ServiceReference
{
    public string? Namespace { get; init; }

    public required string Name { get; init; }

    public string? Path { get; init; }

    /// <summary>443 by default.</summary>
    public int? Port { get; init; }
}

public sealed record RuleWithOperations
{
    public IReadOnlyList<string>? Operations { get; init; }

    public IReadOnlyList<string>? ApiGroups { get; init; }

    public IReadOnlyList<string>? ApiVersions { get; init; }

    public IReadOnlyList<string>? Resources { get; init; }

    /// <summary>Cluster, Namespaced or * (default).</summary>
    public string? Scope { get; init; }
}

/// <summary>What the API server asks a webhook, and what it answers (<c>admission.k8s.io/v1</c> AdmissionReview).</summary>
public sealed record AdmissionReview
{
    public string? ApiVersion { get; init; } = "admission.k8s.io/v1";

    public string? Kind { get; init; } = "AdmissionReview";

    public AdmissionRequest? Request { get; init; }

    public AdmissionResponse? Response { get; init; }
}

public sealed record AdmissionRequest
{
    public required string Uid { get; init; }

    public GroupVersionKind? Kind { get; init; }

    public GroupVersionResource? Resource { get; init; }

    public string? SubResource { get; init; }

    public GroupVersionKind? RequestKind { get; init; }

    public GroupVersionResource? RequestResource { get; init; }

    public string? RequestSubResource { get; init; }

    public string? Name { get; init; }

    public string? Namespace { get; init; }

    /// <summary>CREATE, UPDATE, DELETE or CONNECT.</summary>
    public string? Operation { get; init; }

    public JsonElement? UserInfo { get; init; }

    public JsonElement? Object { get; init; }

    public JsonElement? OldObject { get; init; }

    public bool? DryRun { get; init; }

    public JsonElement? Options { get; init; }
}

public sealed record AdmissionResponse
{
    public required string Uid { get; init; }

    public bool Allowed { get; init; }

    public Status? Status { get; init; }

    /// <summary>A JSON patch in base64.</summary>
    public string? Patch { get; init; }

    /// <summary>JSONPatch when there is a patch.</summary>
    public string? PatchType { get; init; }

    public IReadOnlyList<string>? Warnings { get; init; }

    public IReadOnlyDictionary<string, string>? AuditAnnotations { get; init; }
}

public sealed record GroupVersionKind
{
    public string? Group { get; init; }

    public string? Version { get; init; }

    public string? Kind { get; init; }
}

public sealed record GroupVersionResource
{
    public string? Group { get; init; }

    public string? Version { get; init; }

    public string? Resource { get; init; }
}
