using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;

namespace Mizzen.Resources.Security;

/// <summary>Who may do what (<c>security.istio.io</c> AuthorizationPolicy).</summary>
public sealed record AuthorizationPolicy : Resource
{
    public AuthorizationPolicySpec? Spec { get; init; }

    public IstioStatus? Status { get; init; }
}

public sealed record AuthorizationPolicySpec
{
    public PolicySelector? Selector { get; init; }

    public PolicyTargetReference? TargetRef { get; init; }

    public IReadOnlyList<PolicyTargetReference>? TargetRefs { get; init; }

    /// <summary>One has to match; none at all match nothing.</summary>
    public IReadOnlyList<AuthorizationRule>? Rules { get; init; }

    [AllowedValues("ALLOW", "DENY", "AUDIT", "CUSTOM")]
    public string? Action { get; init; }

    public ExtensionProviderReference? Provider { get; init; }
}

public sealed record ExtensionProviderReference
{
    public string? Name { get; init; }
}

/// <summary>One of the sources, one of the operations and all conditions have to match; what is not said matches everything.</summary>
public sealed record AuthorizationRule
{
    public IReadOnlyList<RuleFrom>? From { get; init; }

    public IReadOnlyList<RuleTo>? To { get; init; }

    public IReadOnlyList<RuleCondition>? When { get; init; }
}

public sealed record RuleFrom
{
    public RuleSource? Source { get; init; }
}

public sealed record RuleTo
{
    public RuleOperation? Operation { get; init; }
}

/// <summary>Where requests come from; all fields have to match, each with one of its values.</summary>
public sealed record RuleSource
{
    public IReadOnlyList<string>? Principals { get; init; }

    public IReadOnlyList<string>? NotPrincipals { get; init; }

    public IReadOnlyList<string>? RequestPrincipals { get; init; }

    public IReadOnlyList<string>? NotRequestPrincipals { get; init; }

    public IReadOnlyList<string>? Namespaces { get; init; }

    public IReadOnlyList<string>? NotNamespaces { get; init; }

    public IReadOnlyList<string>? ServiceAccounts { get; init; }

    public IReadOnlyList<string>? NotServiceAccounts { get; init; }

    public IReadOnlyList<string>? IpBlocks { get; init; }

    public IReadOnlyList<string>? NotIpBlocks { get; init; }

    public IReadOnlyList<string>? RemoteIpBlocks { get; init; }

    public IReadOnlyList<string>? NotRemoteIpBlocks { get; init; }

    public IReadOnlyList<string>? TrustDomains { get; init; }

    public IReadOnlyList<string>? NotTrustDomains { get; init; }
}

/// <summary>What is asked for; all fields have to match, each with one of its values.</summary>
public sealed record RuleOperation
{
    public IReadOnlyList<string>? Hosts { get; init; }

    public IReadOnlyList<string>? NotHosts { get; init; }

    public IReadOnlyList<string>? Ports { get; init; }

    public IReadOnlyList<string>? NotPorts { get; init; }

    public IReadOnlyList<string>? Methods { get; init; }

    public IReadOnlyList<string>? NotMethods { get; init; }

    public IReadOnlyList<string>? Paths { get; init; }

    public IReadOnlyList<string>? NotPaths { get; init; }
}

public sealed record RuleCondition
{
    /// <summary>An attribute such as <c>request.headers[x-team]</c> or <c>source.ip</c>.</summary>
    public string? Key { get; init; }

    public IReadOnlyList<string>? Values { get; init; }

    public IReadOnlyList<string>? NotValues { get; init; }
}
