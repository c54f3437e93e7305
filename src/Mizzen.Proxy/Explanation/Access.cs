using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Filters.Rbac;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Explanation;

/// <summary>What the access rules of a filter chain say of a request or connection, each in its turn until one refuses.</summary>
internal static class Access
{
    /// <summary>
    /// <c>{"action": "ALLOW", "policy": the one that matches or empty, "refused": true}</c> for each set of rules; <c>"shadow": true</c> for
    /// rules that are only rehearsed. A token is not looked at: conditions on its claims do not hold.
    /// </summary>
    public static IEnumerable<Struct> Of(Question question, FilterChainModel chain)
    {
        foreach (var model in Rules(question, chain))
        {
            if (model.Shadow is { } shadow)
            {
                yield return Verdict(question, shadow, isShadow: true);
            }

            if (model.Rules is { } rules)
            {
                var verdict = Verdict(question, rules, isShadow: false);
                yield return verdict;
                if (verdict.Fields["refused"].BoolValue)
                {
                    yield break;
                }
            }
        }
    }

    private static IEnumerable<RbacModel> Rules(Question question, FilterChainModel chain)
    {
        var filters = chain.Filters.Concat(chain.Tcp?.Filters ?? []);
        var http = question.Head is null ? [] : (chain.Http?.Filters ?? []).Where(static filter => !filter.IsDisabled).Select(static filter => filter.Settings);
        return filters.Concat(http).OfType<RbacModel>();
    }

    private static Struct Verdict(Question question, RbacRules rules, bool isShadow)
    {
        var match = RbacDecision.Match(rules, new RbacSubject
        {
            Request = question.Head,
            Peer = question.Peer,
            RequestedServerName = System.Text.Encoding.UTF8.GetBytes(question.Traits.ServerName),
            DirectRemote = question.Client,
            Remote = question.Client,
            Local = question.Destination,
            Metadata = new DynamicMetadata(),
        });
        return new Struct
        {
            Fields =
            {
                ["action"] = Value.ForString(rules.Action.ToString().ToUpperInvariant()),
                ["policy"] = Value.ForString(match?.Name ?? ""),
                ["shadow"] = Value.ForBool(isShadow),
                ["refused"] = Value.ForBool(!isShadow && !RbacDecision.Allows(rules.Action, match)),
            },
        };
    }
}
