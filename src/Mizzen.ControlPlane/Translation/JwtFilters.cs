using Envoy.Config.Core.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Http.JwtAuthn.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Google.Protobuf.WellKnownTypes;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Security;

namespace Mizzen.ControlPlane.Translation;

/// <summary>
/// RequestAuthentications as one filter. A request without a token passes; one with a token passes when one of the rules accepts it. Claims
/// are kept for authorization.
/// </summary>
internal static class JwtFilters
{
    // What cannot be fetched must not let anybody in: a key set without keys refuses every token.
    private const string NoKeys = """{"keys": []}""";

    private static readonly string[] AlwaysLists = ["scope", "permission"];

    public static IEnumerable<HttpFilter> Of(IReadOnlyList<RequestAuthentication> all, IReadOnlyDictionary<string, string> keySets)
    {
        var rules = all.SelectMany(item => item.Spec?.JwtRules ?? []).OrderBy(rule => rule.Issuer, StringComparer.Ordinal).ToList();
        if (rules.Count == 0)
        {
            yield break;
        }

        var settings = new JwtAuthentication { BypassCorsPreflight = true };
        var names = new List<string>();
        for (var i = 0; i < rules.Count; i++)
        {
            names.Add($"origins-{i}");
            settings.Providers.Add(names[i], Provider(rules[i], keySets));
        }

        settings.Rules.Add(new RequirementRule { Match = new RouteMatch { Prefix = "/" }, Requires = Requirement(names) });
        yield return new HttpFilter { Name = EnvoyNames.JwtAuthn, TypedConfig = Messages.Pack(settings) };
    }

    /// <summary>One rule: its token, or none. Several: the token of any of them, or for each of them none.</summary>
    private static JwtRequirement Requirement(List<string> names)
    {
        if (names is [var only])
        {
            return AnyOf([new JwtRequirement { ProviderName = only }, Missing()]);
        }

        var each = names.Select(name => AnyOf([new JwtRequirement { ProviderName = name }, Missing()]));
        return AnyOf([.. names.Select(name => new JwtRequirement { ProviderName = name }), new JwtRequirement { RequiresAll = new JwtRequirementAndList { Requirements = { each } } }]);
    }

    private static JwtRequirement AnyOf(IEnumerable<JwtRequirement> requirements) =>
        new() { RequiresAny = new JwtRequirementOrList { Requirements = { requirements } } };

    private static JwtRequirement Missing() => new() { AllowMissing = new Empty() };

    private static JwtProvider Provider(JWTRule rule, IReadOnlyDictionary<string, string> keySets)
    {
        var keys = KeySetAddress.Of(rule) is { } address ? keySets.GetValueOrDefault(address, NoKeys) : rule.Jwks ?? NoKeys;
        return new JwtProvider
        {
            Issuer = rule.Issuer ?? "",
            Audiences = { rule.Audiences ?? [] },
            LocalJwks = new DataSource { InlineString = keys },
            Forward = rule.ForwardOriginalToken == true,
            FromHeaders = { (rule.FromHeaders ?? []).Select(header => new JwtHeader { Name = header.Name ?? "", ValuePrefix = header.Prefix ?? "" }) },
            FromParams = { rule.FromParams ?? [] },
            FromCookies = { rule.FromCookies ?? [] },
            ForwardPayloadHeader = rule.OutputPayloadToHeader ?? "",
            ClaimToHeaders = { (rule.OutputClaimToHeaders ?? []).Select(claim => new JwtClaimToHeader { HeaderName = claim.Header ?? "", ClaimName = claim.Claim ?? "" }) },
            PayloadInMetadata = "payload",
            NormalizePayloadInMetadata = new JwtProvider.Types.NormalizePayload
            {
                SpaceDelimitedClaims = { AlwaysLists.Concat(rule.SpaceDelimitedClaims ?? []).Distinct(StringComparer.Ordinal) },
            },
        };
    }
}
