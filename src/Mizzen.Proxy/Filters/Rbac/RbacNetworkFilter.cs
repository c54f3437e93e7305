using System.Runtime.CompilerServices;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters.Rbac;

/// <summary>Refuses connections that the rules do not let pass (<c>envoy.filters.network.rbac</c>).</summary>
internal static class RbacNetworkFilter
{
    private static readonly ConditionalWeakTable<RbacModel, RbacCounters> Counters = [];

    public static bool Admit(RbacModel model, ConnectionRecord record, ITrafficObserver observer)
    {
        var counters = Counters.GetValue(model, RbacCounters.Network);
        var subject = RbacSubject.Of(record);
        if (model.Shadow is { } shadow)
        {
            var allowed = RbacDecision.Allows(shadow.Action, RbacDecision.Match(shadow, subject));
            observer.Count(allowed ? counters.ShadowAllowed : counters.ShadowDenied);
        }

        if (model.Rules is not { } rules)
        {
            return true;
        }

        var match = RbacDecision.Match(rules, subject);
        if (RbacDecision.Allows(rules.Action, match))
        {
            observer.Count(rules.Action != RbacAction.Log ? counters.Allowed : match is null ? counters.NotLogged : counters.Logged);
            return true;
        }

        observer.Count(counters.Denied);
        record.Flags |= ResponseFlags.UnauthorizedExternalService;
        record.TerminationDetails = match?.DeniedDetails ?? RbacCounters.NothingMatched;
        return false;
    }
}
