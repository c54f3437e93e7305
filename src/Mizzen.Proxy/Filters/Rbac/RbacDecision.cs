using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Routing;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters.Rbac;

/// <summary>Whether rules let a request or connection pass, and which policy says so. Pure.</summary>
internal static class RbacDecision
{
    /// <summary>The first policy that matches; null when none does.</summary>
    public static RbacPolicy? Match(RbacRules rules, in RbacSubject subject)
    {
        for (var i = 0; i < rules.Policies.Count; i++)
        {
            var policy = rules.Policies[i];
            if (Holds(policy.Permission, subject) && Holds(policy.Principal, subject))
            {
                return policy;
            }
        }

        return null;
    }

    /// <summary>What a match, or none, means.</summary>
    public static bool Allows(RbacAction action, RbacPolicy? match) => action switch
    {
        RbacAction.Allow => match is not null,
        RbacAction.Deny => match is null,
        _ => true,
    };

    public static bool Holds(RbacCondition condition, in RbacSubject subject) => condition switch
    {
        RbacCondition.Any => true,
        RbacCondition.And and => AllHold(and.All, subject),
        RbacCondition.Or or => OneHolds(or.Some, subject),
        RbacCondition.Not not => !Holds(not.Inner, subject),
        RbacCondition.Header header => subject.Request is not null && HeaderMatcher.Matches(header.Match, subject.Request),
        RbacCondition.UrlPath path => subject.Request is not null && TextMatcher.Matches(path.Match, WithoutQuery(subject.Request.Path)),
        RbacCondition.PathTemplate template => subject.Request is not null && TextMatcher.IsWholeMatch(template.Pattern, WithoutQuery(subject.Request.Path)),
        RbacCondition.DestinationAddress address => address.Range.Contains(subject.Local),
        RbacCondition.DestinationPort port => subject.Local.Port >= port.From && subject.Local.Port < port.To,
        RbacCondition.RequestedServerName name => TextMatcher.Matches(name.Match, subject.RequestedServerName),
        RbacCondition.Metadata metadata => Holds(metadata, subject.Metadata),
        RbacCondition.Authenticated authenticated => IsAuthenticated(authenticated.Match, subject),
        RbacCondition.DirectRemote direct => direct.Range.Contains(subject.DirectRemote),
        RbacCondition.Remote remote => remote.Range.Contains(subject.Remote),
        _ => false,
    };

    public static bool Matches(ValueMatchModel match, MetadataValue? value)
    {
        if (match.IsPresent is { } wanted)
        {
            return value is not null == wanted;
        }

        return value is not null && MatchesPresent(match, value);
    }

    private static bool MatchesPresent(ValueMatchModel match, MetadataValue value)
    {
        if (match.Some is { } some)
        {
            return AnyMatches(some, value);
        }

        if (match.Item is { } item)
        {
            return AnyItemMatches(item, value.Items ?? []);
        }

        return match.IsNull ? value.IsNull
            : match.Text is { } text ? value.Text is not null && TextMatcher.Matches(text, value.Text)
            : match.Truth is { } truth ? value.Truth == truth
            : match.Number is { } range && value.Number is { } number
                && (range.From.Equals(range.To) ? number.Equals(range.From) : number >= range.From && number < range.To);
    }

    private static bool AnyMatches(IReadOnlyList<ValueMatchModel> matches, MetadataValue value)
    {
        for (var i = 0; i < matches.Count; i++)
        {
            if (Matches(matches[i], value))
            {
                return true;
            }
        }

        return false;
    }

    private static bool AnyItemMatches(ValueMatchModel match, IReadOnlyList<MetadataValue> items)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (Matches(match, items[i]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Holds(RbacCondition.Metadata condition, DynamicMetadata? metadata) =>
        Matches(condition.Match, metadata?.Find(condition.Filter, condition.Path)) != condition.Invert;

    private static bool AllHold(IReadOnlyList<RbacCondition> conditions, in RbacSubject subject)
    {
        for (var i = 0; i < conditions.Count; i++)
        {
            if (!Holds(conditions[i], subject))
            {
                return false;
            }
        }

        return true;
    }

    private static bool OneHolds(IReadOnlyList<RbacCondition> conditions, in RbacSubject subject)
    {
        for (var i = 0; i < conditions.Count; i++)
        {
            if (Holds(conditions[i], subject))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The name may be any of the certificate's: its URIs, then its DNS names; the subject counts where it has neither (Envoy).</summary>
    private static bool IsAuthenticated(StringMatchModel? match, in RbacSubject subject)
    {
        if (subject.Peer is not { } peer)
        {
            return false;
        }

        if (match is null)
        {
            return true;
        }

        if (peer.Uris.Count + peer.DnsNames.Count == 0)
        {
            return TextMatcher.Matches(match, peer.Subject);
        }

        return AnyName(match, peer.Uris) || AnyName(match, peer.DnsNames);
    }

    private static bool AnyName(StringMatchModel match, IReadOnlyList<byte[]> names)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (TextMatcher.Matches(match, names[i]))
            {
                return true;
            }
        }

        return false;
    }

    private static ReadOnlySpan<byte> WithoutQuery(ReadOnlySpan<byte> path)
    {
        var end = path.IndexOfAny((byte)'?', (byte)'#');
        return end < 0 ? path : path[..end];
    }
}
