using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model;

/// <summary>
/// Puts the routes of delegate VirtualServices in the place of the routes that name them. A delegate's route must lie within the root's:
/// one that does not is left out by itself (Istio's documentation, "Delegate").
/// </summary>
internal static class DelegateMerge
{
    private static readonly IReadOnlyDictionary<string, string> NoLabels = new Dictionary<string, string>();

    public static IReadOnlyList<HTTPRoute> Resolve(
        IReadOnlyList<HTTPRoute> roots, string ns, Dictionary<(string, string), VirtualService> delegates, IReadOnlyList<string>? defaultExportTo)
    {
        if (roots.All(route => route.Delegate is null))
        {
            return [.. roots.Select(route => WithFullNames(route, ns))];
        }

        return [.. roots.SelectMany(root => Resolve(root, ns, delegates, defaultExportTo))];
    }

    private static IEnumerable<HTTPRoute> Resolve(
        HTTPRoute root, string ns, Dictionary<(string, string), VirtualService> delegates, IReadOnlyList<string>? defaultExportTo)
    {
        if (root.Delegate is not { } reference)
        {
            return [WithFullNames(root, ns)];
        }

        var key = (reference.Namespace is { Length: > 0 } named ? named : ns, reference.Name ?? "");
        if (!delegates.TryGetValue(key, out var target) || !Visibility.Of(target.Spec?.ExportTo, defaultExportTo, key.Item1).Includes(ns))
        {
            return [];
        }

        var rooted = WithFullNames(root, ns);
        return (target.Spec?.Http ?? []).Where(route => route.Delegate is null)
            .Select(route => Merge(rooted, WithFullNames(route, key.Item1)))
            .OfType<HTTPRoute>();
    }

    private static HTTPRoute? Merge(HTTPRoute root, HTTPRoute route)
    {
        IReadOnlyList<HTTPMatchRequest>? matches;
        if (root.Match is not { Count: > 0 } rootMatches)
        {
            matches = route.Match;
        }
        else if (route.Match is not { Count: > 0 } routeMatches)
        {
            matches = rootMatches;
        }
        else
        {
            matches = [.. rootMatches.SelectMany(outer => routeMatches.Where(inner => IsWithin(outer, inner)).Select(inner => Merge(outer, inner)))];
            if (routeMatches.Any(inner => !rootMatches.Any(outer => IsWithin(outer, inner))))
            {
                return null;
            }
        }

        return route with
        {
            Name = Join(root.Name, route.Name),
            Match = matches,
            Rewrite = route.Rewrite ?? root.Rewrite,
            DirectResponse = route.DirectResponse ?? root.DirectResponse,
            Timeout = route.Timeout ?? root.Timeout,
            Retries = route.Retries ?? root.Retries,
            Fault = route.Fault ?? root.Fault,
            Mirror = route.Mirror ?? root.Mirror,
            MirrorPercent = route.MirrorPercent ?? root.MirrorPercent,
            MirrorPercentage = route.MirrorPercentage ?? root.MirrorPercentage,
            Mirrors = route.Mirrors ?? root.Mirrors,
            CorsPolicy = route.CorsPolicy ?? root.CorsPolicy,
            Headers = route.Headers ?? root.Headers,
        };
    }

    private static bool IsWithin(HTTPMatchRequest root, HTTPMatchRequest inner) => IsRequestWithin(root, inner) && IsSourceWithin(root, inner);

    private static bool IsRequestWithin(HTTPMatchRequest root, HTTPMatchRequest inner) =>
        IsWithin(root.Uri, inner.Uri) && IsWithin(root.Scheme, inner.Scheme) && IsWithin(root.Method, inner.Method)
        && IsWithin(root.Authority, inner.Authority) && AreWithin(root.Headers, inner.Headers)
        && AreWithin(root.WithoutHeaders, inner.WithoutHeaders) && AreWithin(root.QueryParams, inner.QueryParams)
        && (root.Uri is null || inner.Uri is null || (root.IgnoreUriCase ?? false) == (inner.IgnoreUriCase ?? false));

    private static bool IsSourceWithin(HTTPMatchRequest root, HTTPMatchRequest inner) =>
        (root.Port is null or 0 || inner.Port is null or 0 || root.Port == inner.Port)
        && (root.SourceNamespace is null || inner.SourceNamespace is null || root.SourceNamespace == inner.SourceNamespace)
        && (root.SourceLabels ?? NoLabels).All(label => (inner.SourceLabels ?? NoLabels).GetValueOrDefault(label.Key, label.Value) == label.Value)
        && (inner.Gateways is not { Count: > 0 } gateways || root.Gateways is not { Count: > 0 } outer || gateways.All(outer.Contains));

    private static bool AreWithin(IReadOnlyDictionary<string, StringMatch>? root, IReadOnlyDictionary<string, StringMatch>? inner) =>
        (root ?? new Dictionary<string, StringMatch>()).All(entry => IsWithin(entry.Value, inner?.GetValueOrDefault(entry.Key)));

    private static bool IsWithin(StringMatch? root, StringMatch? inner)
    {
        if (root is null || inner is null)
        {
            return true;
        }

        if (root.Regex is not null || inner.Regex is not null)
        {
            return false;
        }

        return root.Exact is { } exact
            ? inner.Exact == exact
            : root.Prefix is not { } prefix || (inner.Exact ?? inner.Prefix ?? "").StartsWith(prefix, StringComparison.Ordinal);
    }

    /// <summary>Both conditions as one: the inner one is the narrower where both say something.</summary>
    private static HTTPMatchRequest Merge(HTTPMatchRequest root, HTTPMatchRequest inner) => inner with
    {
        Name = Join(root.Name, inner.Name),
        Uri = inner.Uri ?? root.Uri,
        Scheme = inner.Scheme ?? root.Scheme,
        Method = inner.Method ?? root.Method,
        Authority = inner.Authority ?? root.Authority,
        Headers = Merge(root.Headers, inner.Headers),
        WithoutHeaders = Merge(root.WithoutHeaders, inner.WithoutHeaders),
        QueryParams = Merge(root.QueryParams, inner.QueryParams),
        Port = inner.Port is null or 0 ? root.Port : inner.Port,
        SourceLabels = Merge(root.SourceLabels, inner.SourceLabels),
        SourceNamespace = inner.SourceNamespace ?? root.SourceNamespace,
        Gateways = inner.Gateways is { Count: > 0 } ? inner.Gateways : root.Gateways,
        IgnoreUriCase = inner.Uri is null ? root.IgnoreUriCase : inner.IgnoreUriCase,
    };

    private static IReadOnlyDictionary<string, T>? Merge<T>(IReadOnlyDictionary<string, T>? root, IReadOnlyDictionary<string, T>? inner)
    {
        if (root is null || inner is null)
        {
            return inner ?? root;
        }

        var both = new Dictionary<string, T>(root, StringComparer.Ordinal);
        foreach (var (key, value) in inner)
        {
            both[key] = value;
        }

        return both;
    }

    private static string? Join(string? root, string? inner) =>
        string.IsNullOrEmpty(root) ? inner : string.IsNullOrEmpty(inner) ? root : $"{root}-{inner}";

    /// <summary>A rule that moves to another object takes the namespace of the one in which it is written along.</summary>
    private static HTTPRoute WithFullNames(HTTPRoute route, string ns) => route with
    {
        Route = route.Route is null ? null : [.. route.Route.Select(entry => entry with { Destination = Full(entry.Destination, ns) })],
        Mirror = Full(route.Mirror, ns),
        Mirrors = route.Mirrors is null ? null : [.. route.Mirrors.Select(entry => entry with { Destination = Full(entry.Destination, ns) })],
        Match = route.Match is null ? null : [.. route.Match.Select(match => Full(match, ns))],
    };

    private static Destination? Full(Destination? destination, string ns) =>
        destination is null ? null : destination with { Host = HostName.Resolve(destination.Host ?? "", ns) };

    private static HTTPMatchRequest Full(HTTPMatchRequest match, string ns) => match.Gateways is { Count: > 0 } gateways
        ? match with { Gateways = [.. gateways.Select(name => MeshVirtualService.GatewayName(name, ns))] }
        : match;
}
