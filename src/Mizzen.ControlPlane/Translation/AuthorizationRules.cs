using System.Globalization;
using Envoy.Config.Core.V3;
using Envoy.Config.Rbac.V3;
using Envoy.Extensions.Path.Match.UriTemplate.V3;
using Envoy.Type.Matcher.V3;
using Mizzen.Resources.Security;

namespace Mizzen.ControlPlane.Translation;

/// <summary>One rule of an AuthorizationPolicy as a policy of Envoy's RBAC.</summary>
internal sealed class AuthorizationRules(string policyNamespace, TrustDomains domains, bool ofConnection, bool letsPass)
{
    private const string JwtFilter = "envoy.filters.http.jwt_authn";

    private static readonly RuleSide<Permission> Permissions = new(
        all => new Permission { AndRules = new Permission.Types.Set { Rules = { all } } },
        some => new Permission { OrRules = new Permission.Types.Set { Rules = { some } } },
        inner => new Permission { NotRule = inner },
        () => new Permission { Any = true });

    private static readonly RuleSide<Principal> Principals = new(
        all => new Principal { AndIds = new Principal.Types.Set { Ids = { all } } },
        some => new Principal { OrIds = new Principal.Types.Set { Ids = { some } } },
        inner => new Principal { NotId = inner },
        () => new Principal { Any = true });

    /// <summary>The rule; null when it can let nothing pass.</summary>
    public Policy? Of(AuthorizationRule rule)
    {
        var when = rule.When ?? [];
        var operations = (rule.To is { Count: > 0 } to ? to.Select(entry => entry.Operation) : [null])
            .Select(operation => Permissions.All([.. Attributes(operation), .. when.Select(PermissionOf).OfType<RuleAttribute<Permission>>()], ofConnection, letsPass))
            .ToList();
        var sources = (rule.From is { Count: > 0 } from ? from.Select(entry => entry.Source) : [null])
            .Select(source => Principals.All([.. Attributes(source), .. when.Select(PrincipalOf).OfType<RuleAttribute<Principal>>()], ofConnection, letsPass))
            .ToList();
        return operations.Contains(null) || sources.Contains(null) ? null : new Policy { Permissions = { operations }, Principals = { sources } };
    }

    private static IEnumerable<RuleAttribute<Permission>> Attributes(RuleOperation? operation) => operation is null
        ? []
        :
        [
            new(true, operation.Hosts, operation.NotHosts, value => new Permission { Header = ValueMatches.Header(":authority", value, ignoreCase: true) }),
            new(true, operation.Methods, operation.NotMethods, value => new Permission { Header = ValueMatches.Header(":method", value) }),
            new(true, operation.Paths, operation.NotPaths, Path),
            new(false, operation.Ports, operation.NotPorts, Port),
        ];

    private IEnumerable<RuleAttribute<Principal>> Attributes(RuleSource? source) => source is null
        ? []
        :
        [
            new(false, domains.Expand(source.Principals), domains.Expand(source.NotPrincipals), Peer),
            new(true, source.RequestPrincipals, source.NotRequestPrincipals, RequestPrincipal),
            new(false, source.Namespaces, source.NotNamespaces, Namespace),
            new(false, source.ServiceAccounts, source.NotServiceAccounts, ServiceAccount),
            new(false, source.TrustDomains, source.NotTrustDomains, TrustDomain),
            new(false, source.IpBlocks, source.NotIpBlocks, value => new Principal { DirectRemoteIp = Messages.Range(value) }),
            new(false, source.RemoteIpBlocks, source.NotRemoteIpBlocks, value => new Principal { RemoteIp = Messages.Range(value) }),
        ];

    private static RuleAttribute<Permission>? PermissionOf(RuleCondition condition) => condition.Key switch
    {
        "destination.ip" => new(false, condition.Values, condition.NotValues, value => new Permission { DestinationIp = Messages.Range(value) }),
        "destination.port" => new(false, condition.Values, condition.NotValues, Port),
        "connection.sni" => new(false, condition.Values, condition.NotValues, value => new Permission { RequestedServerName = ValueMatches.Text(value) }),
        { } key when key.StartsWith("experimental.envoy.filters.", StringComparison.Ordinal) =>
            new(false, condition.Values, condition.NotValues, value => new Permission { Metadata = FilterMetadata(key, value) }),
        _ => null,
    };

    private RuleAttribute<Principal>? PrincipalOf(RuleCondition condition) => condition.Key switch
    {
        "source.ip" => new(false, condition.Values, condition.NotValues, value => new Principal { DirectRemoteIp = Messages.Range(value) }),
        "remote.ip" => new(false, condition.Values, condition.NotValues, value => new Principal { RemoteIp = Messages.Range(value) }),
        "source.namespace" => new(false, condition.Values, condition.NotValues, Namespace),
        "source.serviceAccount" => new(false, condition.Values, condition.NotValues, ServiceAccount),
        "source.trustDomain" => new(false, condition.Values, condition.NotValues, TrustDomain),
        "source.principal" => new(false, domains.Expand(condition.Values), domains.Expand(condition.NotValues), Peer),
        "request.auth.principal" => new(true, condition.Values, condition.NotValues, RequestPrincipal),
        "request.auth.audiences" => new(true, condition.Values, condition.NotValues, value => Claim(["aud"], ValueMatches.Text(value))),
        "request.auth.presenter" => new(true, condition.Values, condition.NotValues, value => Claim(["azp"], ValueMatches.Text(value))),
        { } key when key.StartsWith("request.headers[", StringComparison.Ordinal) =>
            new(true, condition.Values, condition.NotValues, value => new Principal { Header = ValueMatches.Header(Names(key)[0], value) }),
        { } key when key.StartsWith("request.auth.claims[", StringComparison.Ordinal) =>
            new(true, condition.Values, condition.NotValues, value => Claim(Names(key), ValueMatches.Text(value))),
        _ => null,
    };

    private static Permission Path(string value)
    {
        if (!value.Contains('{', StringComparison.Ordinal))
        {
            return new Permission { UrlPath = new PathMatcher { Path = ValueMatches.Text(value) } };
        }

        var template = value.Replace("{**}", "**", StringComparison.Ordinal).Replace("{*}", "*", StringComparison.Ordinal);
        return new Permission
        {
            UriTemplate = new TypedExtensionConfig
            {
                Name = "envoy.path.match.uri_template.uri_template_matcher",
                TypedConfig = Messages.Pack(new UriTemplateMatchConfig { PathTemplate = template }),
            },
        };
    }

    private static Permission Port(string value) => new() { DestinationPort = uint.Parse(value, CultureInfo.InvariantCulture) };

    private static Principal Peer(StringMatcher name) => new() { Authenticated = new Principal.Types.Authenticated { PrincipalName = name } };

    private static Principal Peer(string value) => Peer(ValueMatches.Text(value, "spiffe://"));

    private static Principal Namespace(string value) => Peer(ValueMatches.Pattern($".*/ns/{ValueMatches.Escaped(value)}/.*"));

    private static Principal TrustDomain(string value) => Peer(ValueMatches.Pattern($"spiffe://{ValueMatches.Escaped(value)}/.*"));

    private Principal ServiceAccount(string value)
    {
        var slash = value.IndexOf('/', StringComparison.Ordinal);
        var (ns, name) = slash < 0 ? (policyNamespace, value) : (value[..slash], value[(slash + 1)..]);
        return Peer(ValueMatches.Pattern($"spiffe://.+/ns/{ValueMatches.Escaped(ns)}/(.+/|)sa/{ValueMatches.Escaped(name)}(/.+)?"));
    }

    /// <summary><c>issuer/subject</c>: the issuer may have slashes itself, the subject has none.</summary>
    private static Principal RequestPrincipal(string value)
    {
        var slash = value.LastIndexOf('/');
        var (issuer, subject) = value switch
        {
            "*" => ("*", "*"),
            _ when slash >= 0 => (value[..slash], value[(slash + 1)..]),
            _ when value.StartsWith('*') => ("*", value),
            _ => (value, value.EndsWith('*') ? "*" : ""),
        };
        return new Principal
        {
            AndIds = new Principal.Types.Set { Ids = { Claim(["iss"], ValueMatches.Text(issuer), inList: false), Claim(["sub"], ValueMatches.Text(subject), inList: false) } },
        };
    }

    private static Principal Claim(IEnumerable<string> path, StringMatcher text, bool inList = true) =>
        new() { Metadata = ValueMatches.Metadata(JwtFilter, ["payload", .. path], text, inList) };

    private static MetadataMatcher FilterMetadata(string key, string value)
    {
        var bracket = key.IndexOf('[', StringComparison.Ordinal);
        var filter = key["experimental.".Length..bracket];
        return value is ['[', .. var inner, ']']
            ? ValueMatches.Metadata(filter, Names(key), ValueMatches.Text(inner), orInList: true)
            : ValueMatches.Metadata(filter, Names(key), ValueMatches.Text(value));
    }

    /// <summary>What stands in the brackets of <c>key[a][b]</c>.</summary>
    private static string[] Names(string key)
    {
        var bracket = key.IndexOf('[', StringComparison.Ordinal);
        return key[(bracket + 1)..^1].Split("][");
    }
}
