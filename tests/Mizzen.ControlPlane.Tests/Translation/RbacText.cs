using Envoy.Config.Rbac.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Path.Match.UriTemplate.V3;
using Envoy.Type.Matcher.V3;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>Policies in words.</summary>
internal static class RbacText
{
    public static string Of(Policy policy)
    {
        var what = Sides(policy.Permissions.Select(Of));
        var who = Sides(policy.Principals.Select(Of));
        return (what, who) switch
        {
            ("anything", "anybody") => "anybody, anything",
            ("anything", _) => who,
            (_, "anybody") => what,
            _ => $"{what}, {who}",
        };
    }

    private static string Sides(IEnumerable<string> texts) => string.Join(" | ", texts);

    private static string Of(Permission permission) => permission.RuleCase switch
    {
        Permission.RuleOneofCase.AndRules => Joined(permission.AndRules.Rules.Select(Of), "and"),
        Permission.RuleOneofCase.OrRules => Joined(permission.OrRules.Rules.Select(Of), "or"),
        Permission.RuleOneofCase.NotRule => "not " + Of(permission.NotRule),
        Permission.RuleOneofCase.Any => "anything",
        Permission.RuleOneofCase.Header => Of(permission.Header),
        Permission.RuleOneofCase.UrlPath => "path " + Of(permission.UrlPath.Path),
        Permission.RuleOneofCase.UriTemplate => "path by " + permission.UriTemplate.TypedConfig.Unpack<UriTemplateMatchConfig>().PathTemplate,
        Permission.RuleOneofCase.DestinationPort => $"port {permission.DestinationPort}",
        Permission.RuleOneofCase.DestinationIp => $"destination {permission.DestinationIp.AddressPrefix}/{permission.DestinationIp.PrefixLen}",
        Permission.RuleOneofCase.RequestedServerName => "sni " + Of(permission.RequestedServerName),
        Permission.RuleOneofCase.Metadata => Of(permission.Metadata),
        _ => permission.RuleCase.ToString(),
    };

    private static string Of(Principal principal) => principal.IdentifierCase switch
    {
        Principal.IdentifierOneofCase.AndIds => Joined(principal.AndIds.Ids.Select(Of), "and"),
        Principal.IdentifierOneofCase.OrIds => Joined(principal.OrIds.Ids.Select(Of), "or"),
        Principal.IdentifierOneofCase.NotId => "not " + Of(principal.NotId),
        Principal.IdentifierOneofCase.Any => "anybody",
        Principal.IdentifierOneofCase.Authenticated => "peer " + Of(principal.Authenticated.PrincipalName),
        Principal.IdentifierOneofCase.DirectRemoteIp => $"direct {principal.DirectRemoteIp.AddressPrefix}/{principal.DirectRemoteIp.PrefixLen}",
        Principal.IdentifierOneofCase.RemoteIp => $"remote {principal.RemoteIp.AddressPrefix}/{principal.RemoteIp.PrefixLen}",
        Principal.IdentifierOneofCase.Header => Of(principal.Header),
        Principal.IdentifierOneofCase.Metadata => Of(principal.Metadata),
        _ => principal.IdentifierCase.ToString(),
    };

    private static string Of(HeaderMatcher header) => header.Name + " " + (header.StringMatch is { } text ? Of(text) : "is there");

    private static string Of(MetadataMatcher metadata)
    {
        var path = string.Join('.', metadata.Path.Select(segment => segment.Key));
        return metadata.Value.OrMatch is { } or ? $"{path} is or has {Of(or.ValueMatchers[0].StringMatch)[3..]}" : $"{path} {Of(metadata.Value.StringMatch)}";
    }

    private static string Of(StringMatcher text) => text.MatchPatternCase switch
    {
        StringMatcher.MatchPatternOneofCase.Exact => "is " + text.Exact,
        StringMatcher.MatchPatternOneofCase.Prefix => "starts with " + text.Prefix,
        StringMatcher.MatchPatternOneofCase.Suffix => "ends with " + text.Suffix,
        _ => "like " + text.SafeRegex.Regex,
    } + (text.IgnoreCase ? " (any case)" : "");

    private static string Joined(IEnumerable<string> texts, string word) =>
        texts.ToList() is [var only] ? only : "(" + string.Join($" {word} ", texts) + ")";
}
