using Mizzen.Resources.Networking;

namespace Mizzen.Resources.Validation;

/// <summary>Rules behind one that takes everything, and conditions that an earlier rule has already taken.</summary>
internal static class UnreachableRules
{
    public static void Check(IReadOnlyList<HTTPRoute> routes, Findings findings)
    {
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        string? everything = null;
        for (var i = 0; i < routes.Count; i++)
        {
            var path = $"spec.http[{i}]";
            if (everything is not null)
            {
                findings.Add(IstioCodes.VirtualServiceUnreachableRule, path, $"VirtualService rule #{i} not used (only the last rule can have no matches).", $"no request gets here: {everything} takes all of them; put it before that rule, or remove it");
                continue;
            }

            if (routes[i].Match is not { Count: > 0 } matches || matches.Any(TakesEverything))
            {
                everything = path;
            }

            for (var m = 0; m < (routes[i].Match?.Count ?? 0); m++)
            {
                var condition = ResourceJson.Serialize(routes[i].Match![m] with { Name = null });
                if (!taken.TryAdd(condition, $"{path}.match[{m}]"))
                {
                    findings.Add(IstioCodes.VirtualServiceIneffectiveMatch, $"{path}.match[{m}]", $"VirtualService rule #{i} match #{m} is not used (duplicate/overlapping match in rule {taken[condition]}).", "remove one of them");
                }
            }
        }
    }

    private static bool TakesEverything(HTTPMatchRequest match) =>
        match with { Name = null, Uri = null, IgnoreUriCase = null, StatPrefix = null } == new HTTPMatchRequest()
        && match.Uri is null or { Prefix: "/" } or { Regex: ".*" };
}
