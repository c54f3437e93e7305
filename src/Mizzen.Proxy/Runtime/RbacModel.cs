using System.Text.RegularExpressions;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Runtime;

/// <summary>What a set of policies means (<c>envoy.config.rbac.v3.RBAC.Action</c>).</summary>
internal enum RbacAction
{
    /// <summary>What matches no policy is refused.</summary>
    Allow,

    /// <summary>What matches a policy is refused.</summary>
    Deny,

    /// <summary>Nothing is refused; what matches is marked for the access log.</summary>
    Log,
}

/// <summary>Role-based access control, of requests or of connections.</summary>
internal sealed record RbacModel : FilterSettings
{
    /// <summary>The rules that are enforced; null for none.</summary>
    public RbacRules? Rules { get; init; }

    /// <summary>Rules that are only counted; null for none.</summary>
    public RbacRules? Shadow { get; init; }

    /// <summary>In front of the names of the counters.</summary>
    public string StatPrefix { get; init; } = "";

    /// <summary>In front of the names of the shadow's counters and results.</summary>
    public string ShadowPrefix { get; init; } = "";
}

/// <summary>Policies in the order in which they are looked at: by name.</summary>
internal sealed record RbacRules(RbacAction Action, IReadOnlyList<RbacPolicy> Policies);

/// <summary>A policy matches when both sides do.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Permission">What is done.</param>
/// <param name="Principal">Who does it.</param>
internal sealed record RbacPolicy(string Name, RbacCondition Permission, RbacCondition Principal)
{
    /// <summary>Envoy's response code details of a refusal by this policy.</summary>
    public string DeniedDetails { get; } = $"rbac_access_denied_matched_policy[{Name.Replace(' ', '_')}]";

    /// <summary>The name as filters pass it on.</summary>
    public MetadataValue NameValue { get; } = MetadataValue.Of(Name);
}

/// <summary>A condition on a request or connection.</summary>
internal abstract record RbacCondition
{
    private RbacCondition()
    {
    }

    internal sealed record Any : RbacCondition;

    internal sealed record And(IReadOnlyList<RbacCondition> All) : RbacCondition;

    internal sealed record Or(IReadOnlyList<RbacCondition> Some) : RbacCondition;

    internal sealed record Not(RbacCondition Inner) : RbacCondition;

    internal sealed record Header(HeaderMatchModel Match) : RbacCondition;

    /// <summary>The path without its query.</summary>
    internal sealed record UrlPath(StringMatchModel Match) : RbacCondition;

    /// <summary>The path without its query, against a URI template.</summary>
    internal sealed record PathTemplate(Regex Pattern) : RbacCondition;

    internal sealed record DestinationAddress(AddressRange Range) : RbacCondition;

    /// <summary>A port, from (inclusive) to (exclusive).</summary>
    internal sealed record DestinationPort(int From, int To) : RbacCondition;

    internal sealed record RequestedServerName(StringMatchModel Match) : RbacCondition;

    internal sealed record Metadata(string Filter, IReadOnlyList<string> Path, ValueMatchModel Match, bool Invert) : RbacCondition;

    /// <summary>The peer has proven a name; which one is looked at only with a match.</summary>
    internal sealed record Authenticated(StringMatchModel? Match) : RbacCondition;

    /// <summary>The address of the connection (<c>direct_remote_ip</c>).</summary>
    internal sealed record DirectRemote(AddressRange Range) : RbacCondition;

    /// <summary>The address that trusted proxies in front have told (<c>remote_ip</c>).</summary>
    internal sealed record Remote(AddressRange Range) : RbacCondition;
}

/// <summary>A condition on a value that a filter has found out; exactly one is set.</summary>
internal sealed record ValueMatchModel
{
    public bool IsNull { get; init; }

    /// <summary>From (inclusive) to (exclusive); equal for one number.</summary>
    public (double From, double To)? Number { get; init; }

    public StringMatchModel? Text { get; init; }

    public bool? Truth { get; init; }

    public bool? IsPresent { get; init; }

    /// <summary>One item of the list has to match.</summary>
    public ValueMatchModel? Item { get; init; }

    /// <summary>One of these has to match.</summary>
    public IReadOnlyList<ValueMatchModel>? Some { get; init; }
}
