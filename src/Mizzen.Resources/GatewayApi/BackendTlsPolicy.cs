using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.GatewayApi;

/// <summary>How gateways speak TLS with backends (<c>gateway.networking.k8s.io</c> BackendTLSPolicy).</summary>
public sealed record BackendTlsPolicy : Resource
{
    public BackendTlsPolicySpec? Spec { get; init; }

    public PolicyStatus? Status { get; init; }
}

public sealed record BackendTlsPolicySpec
{
    public IReadOnlyList<PolicyTargetReference>? TargetRefs { get; init; }

    public required BackendTlsValidation Validation { get; init; }

    public IReadOnlyDictionary<string, string>? Options { get; init; }
}

/// <summary>An object of the policy's own namespace, or one part of it: a port of a Service.</summary>
public sealed record PolicyTargetReference
{
    public required string Group { get; init; }

    public required string Kind { get; init; }

    public required string Name { get; init; }

    public string? SectionName { get; init; }
}

/// <summary>Whom a gateway believes.</summary>
public sealed record BackendTlsValidation
{
    /// <summary>ConfigMaps of the policy's namespace whose key <c>ca.crt</c> holds certificates of authorities.</summary>
    public IReadOnlyList<LocalAuthorityReference>? CaCertificateRefs { get; init; }

    /// <summary>The authorities that the gateway's machine believes, instead of <see cref="CaCertificateRefs"/>.</summary>
    [AllowedValues("System")]
    public string? WellKnownCACertificates { get; init; }

    /// <summary>The name that is asked for (RFC 6066) and, without <see cref="SubjectAltNames"/>, expected.</summary>
    public required string Hostname { get; init; }

    /// <summary>Names of which the certificate must have one.</summary>
    public IReadOnlyList<SubjectAltName>? SubjectAltNames { get; init; }
}

/// <summary>An object of the same namespace.</summary>
public sealed record LocalAuthorityReference
{
    public string? Group { get; init; }

    public required string Kind { get; init; }

    public required string Name { get; init; }
}

public sealed record SubjectAltName
{
    [AllowedValues("Hostname", "URI")]
    public required string Type { get; init; }

    public string? Hostname { get; init; }

    public string? Uri { get; init; }
}

/// <summary>What is said of a policy, by the Gateways that it has an effect on.</summary>
public sealed record PolicyStatus
{
    public IReadOnlyList<PolicyAncestorStatus>? Ancestors { get; init; }
}

public sealed record PolicyAncestorStatus
{
    public required ParentReference AncestorRef { get; init; }

    public required string ControllerName { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
