using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Envoy.Config.Core.V3;
using Envoy.Config.Rbac.V3;
using Envoy.Extensions.Path.Match.UriTemplate.V3;
using Envoy.Type.Matcher.V3;
using Mizzen.Proxy.Configuration.HttpFilters;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;
using HttpRbac = Envoy.Extensions.Filters.Http.Rbac.V3.RBAC;
using NetworkRbac = Envoy.Extensions.Filters.Network.Rbac.V3.RBAC;
using RbacPerRoute = Envoy.Extensions.Filters.Http.Rbac.V3.RBACPerRoute;

namespace Mizzen.Proxy.Configuration;

/// <summary>RBAC messages, of HTTP and network filters, as conditions.</summary>
internal static class RbacCompiler
{
    public static FilterKind Kind { get; } = new FilterKind<HttpRbac, RbacPerRoute>
    {
        Name = "envoy.filters.http.rbac",
        Listener = Compile,
        Route = static (message, problems) =>
            message.Rbac is null ? new FilterOverride(null, IsDisabled: true) : new FilterOverride(Compile(message.Rbac, problems)),
    };

    public static RbacModel Compile(NetworkRbac message, Problems problems) => new()
    {
        Rules = Rules(message.Rules, "rules", problems),
        Shadow = Rules(message.ShadowRules, "shadow_rules", problems),
        StatPrefix = message.StatPrefix,
        ShadowPrefix = message.ShadowRulesStatPrefix,
    };

    private static RbacModel Compile(HttpRbac message, Problems problems) => new()
    {
        Rules = Rules(message.Rules, "rules", problems),
        Shadow = Rules(message.ShadowRules, "shadow_rules", problems),
        StatPrefix = message.RulesStatPrefix,
        ShadowPrefix = message.ShadowRulesStatPrefix,
    };

    private static RbacRules? Rules(RBAC? message, string field, Problems problems)
    {
        if (message is null)
        {
            return null;
        }

        using var scope = problems.At(field);
        var policies = new List<RbacPolicy>();
        foreach (var (name, policy) in message.Policies.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            using var inner = problems.At($"policies[{name}]");
            if (policy.Permissions.Count == 0 || policy.Principals.Count == 0)
            {
                problems.Add("a policy needs permissions and principals");
            }

            policies.Add(new RbacPolicy(
                name,
                Some(policy.Permissions.Select(permission => Permission(permission, problems))),
                Some(policy.Principals.Select(principal => Principal(principal, problems)))));
        }

        return new RbacRules((RbacAction)message.Action, policies);
    }

    private static RbacCondition Some(IEnumerable<RbacCondition> conditions) =>
        conditions.ToList() is [var only] ? only : new RbacCondition.Or([.. conditions]);

    private static RbacCondition Permission(Permission message, Problems problems) => message.RuleCase switch
    {
        Envoy.Config.Rbac.V3.Permission.RuleOneofCase.AndRules =>
            new RbacCondition.And([.. message.AndRules.Rules.Select(rule => Permission(rule, problems))]),
        Envoy.Config.Rbac.V3.Permission.RuleOneofCase.OrRules => Some(message.OrRules.Rules.Select(rule => Permission(rule, problems))),
        Envoy.Config.Rbac.V3.Permission.RuleOneofCase.Any => new RbacCondition.Any(),
        Envoy.Config.Rbac.V3.Permission.RuleOneofCase.Header => new RbacCondition.Header(RouteMatchCompiler.Header(message.Header, problems)),
        Envoy.Config.Rbac.V3.Permission.RuleOneofCase.UrlPath => new RbacCondition.UrlPath(Values.Text(message.UrlPath.Path, problems)),
        Envoy.Config.Rbac.V3.Permission.RuleOneofCase.DestinationIp => new RbacCondition.DestinationAddress(Range(message.DestinationIp, problems)),
        Envoy.Config.Rbac.V3.Permission.RuleOneofCase.DestinationPort =>
            new RbacCondition.DestinationPort((int)message.DestinationPort, (int)message.DestinationPort + 1),
        Envoy.Config.Rbac.V3.Permission.RuleOneofCase.DestinationPortRange =>
            new RbacCondition.DestinationPort(message.DestinationPortRange.Start, message.DestinationPortRange.End),
        Envoy.Config.Rbac.V3.Permission.RuleOneofCase.Metadata => Metadata(message.Metadata, problems),
        Envoy.Config.Rbac.V3.Permission.RuleOneofCase.NotRule => new RbacCondition.Not(Permission(message.NotRule, problems)),
        Envoy.Config.Rbac.V3.Permission.RuleOneofCase.RequestedServerName =>
            new RbacCondition.RequestedServerName(Values.Text(message.RequestedServerName, problems)),
        Envoy.Config.Rbac.V3.Permission.RuleOneofCase.UriTemplate => Template(message.UriTemplate, problems),
        _ => Unknown("permission", problems),
    };

    private static RbacCondition Principal(Principal message, Problems problems) => message.IdentifierCase switch
    {
        Envoy.Config.Rbac.V3.Principal.IdentifierOneofCase.AndIds =>
            new RbacCondition.And([.. message.AndIds.Ids.Select(id => Principal(id, problems))]),
        Envoy.Config.Rbac.V3.Principal.IdentifierOneofCase.OrIds => Some(message.OrIds.Ids.Select(id => Principal(id, problems))),
        Envoy.Config.Rbac.V3.Principal.IdentifierOneofCase.Any => new RbacCondition.Any(),
        Envoy.Config.Rbac.V3.Principal.IdentifierOneofCase.Authenticated => new RbacCondition.Authenticated(
            message.Authenticated.PrincipalName is { } name ? Values.Text(name, problems) : null),
        Envoy.Config.Rbac.V3.Principal.IdentifierOneofCase.SourceIp => new RbacCondition.DirectRemote(Range(message.SourceIp, problems)),
        Envoy.Config.Rbac.V3.Principal.IdentifierOneofCase.DirectRemoteIp => new RbacCondition.DirectRemote(Range(message.DirectRemoteIp, problems)),
        Envoy.Config.Rbac.V3.Principal.IdentifierOneofCase.RemoteIp => new RbacCondition.Remote(Range(message.RemoteIp, problems)),
        Envoy.Config.Rbac.V3.Principal.IdentifierOneofCase.Header => new RbacCondition.Header(RouteMatchCompiler.Header(message.Header, problems)),
        Envoy.Config.Rbac.V3.Principal.IdentifierOneofCase.UrlPath => new RbacCondition.UrlPath(Values.Text(message.UrlPath.Path, problems)),
        Envoy.Config.Rbac.V3.Principal.IdentifierOneofCase.Metadata => Metadata(message.Metadata, problems),
        Envoy.Config.Rbac.V3.Principal.IdentifierOneofCase.NotId => new RbacCondition.Not(Principal(message.NotId, problems)),
        _ => Unknown("principal", problems),
    };

    /// <summary>A condition that is not understood must not be taken for one that holds, nor, under a "not", for one that does not.</summary>
    private static RbacCondition.Any Unknown(string side, Problems problems)
    {
        problems.Add($"a {side} is of a kind that this proxy does not know");
        return new RbacCondition.Any();
    }

    private static AddressRange Range(CidrRange message, Problems problems)
    {
        if (IPAddress.TryParse(message.AddressPrefix, out var address))
        {
            var bits = address.GetAddressBytes().Length * 8;
            var length = Math.Min(bits, (int)(message.PrefixLen ?? 0));
            return AddressRange.Of(new IPNetwork(Masked(address, length), length));
        }

        problems.Add($"'{message.AddressPrefix}/{message.PrefixLen}' is not a range of addresses");
        return default;
    }

    private static IPAddress Masked(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] &= (byte)(0xff << Math.Clamp(((i + 1) * 8) - length, 0, 8));
        }

        return new IPAddress(bytes);
    }

    public static RbacCondition.Metadata Metadata(MetadataMatcher message, Problems problems)
    {
        if (message.Path.Count == 0)
        {
            problems.Add("a metadata matcher needs a path");
        }

        return new RbacCondition.Metadata(
            message.Filter, [.. message.Path.Select(segment => segment.Key)], Value(message.Value, problems), message.Invert);
    }

    private static ValueMatchModel Value(ValueMatcher? message, Problems problems)
    {
        switch (message?.MatchPatternCase)
        {
            case ValueMatcher.MatchPatternOneofCase.NullMatch:
                return new ValueMatchModel { IsNull = true };
            case ValueMatcher.MatchPatternOneofCase.DoubleMatch when message.DoubleMatch.Range is { } range:
                return new ValueMatchModel { Number = (range.Start, range.End) };
            case ValueMatcher.MatchPatternOneofCase.DoubleMatch:
                return new ValueMatchModel { Number = (message.DoubleMatch.Exact, message.DoubleMatch.Exact) };
            case ValueMatcher.MatchPatternOneofCase.StringMatch:
                return new ValueMatchModel { Text = Values.Text(message.StringMatch, problems) };
            case ValueMatcher.MatchPatternOneofCase.BoolMatch:
                return new ValueMatchModel { Truth = message.BoolMatch };
            case ValueMatcher.MatchPatternOneofCase.PresentMatch:
                return new ValueMatchModel { IsPresent = message.PresentMatch };
            case ValueMatcher.MatchPatternOneofCase.ListMatch:
                return new ValueMatchModel { Item = Value(message.ListMatch.OneOf, problems) };
            case ValueMatcher.MatchPatternOneofCase.OrMatch:
                return new ValueMatchModel { Some = [.. message.OrMatch.ValueMatchers.Select(inner => Value(inner, problems))] };
            default:
                problems.Add("a metadata matcher needs a value");
                return new ValueMatchModel();
        }
    }

    private static RbacCondition Template(TypedExtensionConfig message, Problems problems) =>
        Values.Unpack<UriTemplateMatchConfig>(message.TypedConfig, message.Name, problems) is { } template
            ? new RbacCondition.PathTemplate(TemplatePattern(template.PathTemplate))
            : new RbacCondition.Any();

    /// <summary><c>*</c> and <c>{name}</c> stand for one segment, <c>**</c> for any number of characters.</summary>
    private static Regex TemplatePattern(string template)
    {
        var pattern = new StringBuilder(@"\A");
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] == '*')
            {
                var any = i + 1 < template.Length && template[i + 1] == '*';
                pattern.Append(any ? ".*" : "[^/]+");
                i += any ? 1 : 0;
            }
            else if (template[i] == '{' && template.IndexOf('}', i) is var end and > 0)
            {
                pattern.Append(template[i..end].EndsWith("**", StringComparison.Ordinal) ? ".*" : "[^/]+");
                i = end;
            }
            else
            {
                pattern.Append(Regex.Escape(template[i].ToString()));
            }
        }

        return new Regex(pattern.Append(@"\z").ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }
}
