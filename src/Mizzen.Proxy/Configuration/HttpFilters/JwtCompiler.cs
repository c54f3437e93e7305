using Mizzen.Proxy.Runtime;
using Jwt = Envoy.Extensions.Filters.Http.JwtAuthn.V3;

namespace Mizzen.Proxy.Configuration.HttpFilters;

/// <summary>JwtAuthentication messages.</summary>
internal static class JwtCompiler
{
    public static FilterKind Kind { get; } = new FilterKind<Jwt.JwtAuthentication, Jwt.PerRouteConfig>
    {
        Name = "envoy.filters.http.jwt_authn",
        Listener = Compile,
        Route = static (message, _) => message.Disabled
            ? new FilterOverride(null, IsDisabled: true)
            : new FilterOverride(new JwtRouteModel(message.RequirementName)),
    };

    private static JwtModel Compile(Jwt.JwtAuthentication message, Problems problems)
    {
        var providers = new Dictionary<string, JwtProviderModel>(StringComparer.Ordinal);
        foreach (var (name, provider) in message.Providers.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            using var scope = problems.At($"providers[{name}]");
            providers[name] = JwtProviderCompiler.Compile(name, provider, problems);
        }

        var named = new Dictionary<string, JwtRequirement>(StringComparer.Ordinal);
        foreach (var (name, requirement) in message.RequirementMap)
        {
            using var scope = problems.At($"requirement_map[{name}]");
            if (Requirement(requirement, providers, problems) is { } compiled)
            {
                named[name] = compiled;
            }
        }

        return new JwtModel
        {
            Providers = [.. providers.Values],
            Named = named,
            Rules = [.. message.Rules.Select((rule, i) => Rule(rule, i, providers, named, problems))],
            BypassCorsPreflight = message.BypassCorsPreflight,
            StripFailureResponse = message.StripFailureResponse,
        };
    }

    private static (RouteMatchModel, JwtRequirement?) Rule(
        Jwt.RequirementRule rule, int index, Dictionary<string, JwtProviderModel> providers, Dictionary<string, JwtRequirement> named, Problems problems)
    {
        using var scope = problems.At($"rules[{index}]");
        var match = RouteMatchCompiler.Compile(rule.Match, problems);
        switch (rule.RequirementTypeCase)
        {
            case Jwt.RequirementRule.RequirementTypeOneofCase.Requires:
                return (match, Requirement(rule.Requires, providers, problems));
            case Jwt.RequirementRule.RequirementTypeOneofCase.RequirementName when named.TryGetValue(rule.RequirementName, out var requirement):
                return (match, requirement);
            case Jwt.RequirementRule.RequirementTypeOneofCase.RequirementName:
                problems.Add($"requirement_map has no '{rule.RequirementName}'");
                return (match, null);
            default:
                return (match, null);
        }
    }

    private static JwtRequirement? Requirement(Jwt.JwtRequirement message, Dictionary<string, JwtProviderModel> providers, Problems problems)
    {
        switch (message.RequiresTypeCase)
        {
            case Jwt.JwtRequirement.RequiresTypeOneofCase.ProviderName:
                return OfProvider(message.ProviderName, null, providers, problems);
            case Jwt.JwtRequirement.RequiresTypeOneofCase.ProviderAndAudiences:
                return OfProvider(message.ProviderAndAudiences.ProviderName, [.. message.ProviderAndAudiences.Audiences], providers, problems);
            case Jwt.JwtRequirement.RequiresTypeOneofCase.RequiresAny:
                return new JwtRequirement.AnyOf(Several(message.RequiresAny.Requirements, providers, problems));
            case Jwt.JwtRequirement.RequiresTypeOneofCase.RequiresAll:
                return new JwtRequirement.AllOf(Several(message.RequiresAll.Requirements, providers, problems));
            case Jwt.JwtRequirement.RequiresTypeOneofCase.AllowMissing:
                return new JwtRequirement.Missing();
            case Jwt.JwtRequirement.RequiresTypeOneofCase.AllowMissingOrFailed:
                return new JwtRequirement.MissingOrFailed();
            default:
                return null;
        }
    }

    private static List<JwtRequirement> Several(IEnumerable<Jwt.JwtRequirement> messages, Dictionary<string, JwtProviderModel> providers, Problems problems) =>
        [.. messages.Select(message => Requirement(message, providers, problems)).OfType<JwtRequirement>()];

    private static JwtRequirement.Of? OfProvider(string name, IReadOnlyList<string>? audiences, Dictionary<string, JwtProviderModel> providers, Problems problems)
    {
        if (providers.TryGetValue(name, out var provider))
        {
            return new JwtRequirement.Of(provider, audiences);
        }

        problems.Add($"there is no provider '{name}'");
        return null;
    }
}
