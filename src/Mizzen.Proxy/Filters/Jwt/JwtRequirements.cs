using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters.Jwt;

/// <summary>Decides whether a request brings the tokens that it must. What it accepts is kept until the next request of the loop.</summary>
internal sealed class JwtRequirements(JwtModel model)
{
    /// <summary>The verifiers of all providers.</summary>
    public JwtVerifier[] Verifiers { get; } = [.. model.Providers.Select(JwtVerifier.Of)];

    public JwtStatus Judge(JwtRequirement requirement, IFilterHost host)
    {
        Accepted.Clear();
        return Decide(requirement, host);
    }

    /// <summary>The tokens that were accepted, each with its field.</summary>
    public List<(JwtProviderModel Provider, JwtToken Token, int Field)> Accepted { get; } = [];

    private JwtStatus Decide(JwtRequirement requirement, IFilterHost host) => requirement switch
    {
        JwtRequirement.Of of => Decide(of.Provider, of.Audiences, host),
        JwtRequirement.AnyOf any => DecideAny(any.Some, host),
        JwtRequirement.AllOf all => DecideAll(all.All, host),
        JwtRequirement.Missing => DecideMissing(host),
        _ => DecideMissingOrFailed(host),
    };

    /// <summary>All tokens at the provider's places have to be good.</summary>
    private JwtStatus Decide(JwtProviderModel provider, IReadOnlyList<string>? audiences, IFilterHost host)
    {
        var verifier = JwtVerifier.Of(provider);
        var result = JwtStatus.Missing;
        var place = 0;
        while (TokenPlaces.TryNext(provider, host.Record.Request, ref place, out var text, out var field))
        {
            result = verifier.Verify(text, audiences, host.Loop, out var token);
            if (result != JwtStatus.Ok)
            {
                return result;
            }

            Accepted.Add((provider, token!, field));
        }

        return result;
    }

    /// <summary>One is enough; that none is needed counts only where there is no token at all.</summary>
    private JwtStatus DecideAny(IReadOnlyList<JwtRequirement> some, IFilterHost host)
    {
        var result = JwtStatus.Missing;
        var missingIsFine = false;
        for (var i = 0; i < some.Count; i++)
        {
            if (some[i] is JwtRequirement.MissingOrFailed)
            {
                return Decide(some[i], host);
            }

            if (some[i] is JwtRequirement.Missing)
            {
                missingIsFine = true;
                continue;
            }

            var count = Accepted.Count;
            var status = Decide(some[i], host);
            if (status is JwtStatus.Ok or JwtStatus.KeysWanted)
            {
                return status;
            }

            Accepted.RemoveRange(count, Accepted.Count - count);
            result = Worse(result, status);
        }

        return result == JwtStatus.Missing && missingIsFine ? JwtStatus.Ok : result;
    }

    private JwtStatus DecideAll(IReadOnlyList<JwtRequirement> all, IFilterHost host)
    {
        for (var i = 0; i < all.Count; i++)
        {
            var status = Decide(all[i], host);
            if (status != JwtStatus.Ok)
            {
                return status;
            }
        }

        return JwtStatus.Ok;
    }

    /// <summary>No token of anybody, or a good one of somebody.</summary>
    private JwtStatus DecideMissing(IFilterHost host)
    {
        var result = JwtStatus.Missing;
        foreach (var verifier in Verifiers)
        {
            var status = Decide(verifier.Provider, null, host);
            if (status is JwtStatus.Ok or JwtStatus.KeysWanted)
            {
                return status;
            }

            result = Worse(result, status);
        }

        return result == JwtStatus.Missing ? JwtStatus.Ok : result;
    }

    private JwtStatus DecideMissingOrFailed(IFilterHost host)
    {
        foreach (var verifier in Verifiers)
        {
            if (Decide(verifier.Provider, null, host) == JwtStatus.KeysWanted)
            {
                return JwtStatus.KeysWanted;
            }
        }

        return JwtStatus.Ok;
    }

    /// <summary>Of two refusals the one that tells more: that it is another issuer's token says less than what its own issuer finds.</summary>
    private static JwtStatus Worse(JwtStatus one, JwtStatus other) =>
        one is JwtStatus.Missing || (one is JwtStatus.UnknownIssuer && other is not JwtStatus.Missing) ? other : one;
}
