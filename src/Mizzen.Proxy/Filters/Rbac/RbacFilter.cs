using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters.Rbac;

/// <summary>Refuses requests that the rules do not let pass (<c>envoy.filters.http.rbac</c>).</summary>
internal sealed class RbacFilter(RbacModel model, string statPrefix) : HttpFilter
{
    private readonly RbacCounters _counters = RbacCounters.Http(statPrefix, model);

    public override FilterVerdict OnRequest(IFilterHost host)
    {
        var subject = RbacSubject.Of(host.Record);
        if (model.Shadow is { } shadow)
        {
            Rehearse(shadow, subject, host);
        }

        if (model.Rules is not { } rules)
        {
            return FilterVerdict.Continue;
        }

        var match = RbacDecision.Match(rules, subject);
        if (rules.Action == RbacAction.Log)
        {
            host.Count(match is null ? _counters.NotLogged : _counters.Logged);
            host.Record.Metadata.Set("envoy.common", "access_log_hint", match is null ? RbacCounters.No : RbacCounters.Yes);
            return FilterVerdict.Continue;
        }

        if (RbacDecision.Allows(rules.Action, match))
        {
            host.Count(_counters.Allowed);
            return FilterVerdict.Continue;
        }

        host.Count(_counters.Denied);
        host.Respond(403, "RBAC: access denied"u8, ResponseFlags.None, match?.DeniedDetails ?? RbacCounters.NothingMatched);
        return FilterVerdict.Responded;
    }

    /// <summary>What the shadow would do is counted, and told to the filters behind.</summary>
    private void Rehearse(RbacRules shadow, in RbacSubject subject, IFilterHost host)
    {
        var match = RbacDecision.Match(shadow, subject);
        var allowed = RbacDecision.Allows(shadow.Action, match);
        host.Count(allowed ? _counters.ShadowAllowed : _counters.ShadowDenied);
        var metadata = host.Record.Metadata;
        metadata.Set("envoy.filters.http.rbac", _counters.ShadowResultKey, allowed ? RbacCounters.AllowedResult : RbacCounters.DeniedResult);
        if (match is not null)
        {
            metadata.Set("envoy.filters.http.rbac", _counters.ShadowPolicyKey, match.NameValue);
        }
    }
}
