using System.Globalization;
using Mizzen.Resources.GatewayApi;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model.GatewayApi;

/// <summary>The rules of HTTPRoutes and GRPCRoutes as Istio's.</summary>
internal sealed class RouteConversion(BackendResolution backends)
{
    private const string RetryOn = "connect-failure,refused-stream,unavailable,cancelled";
    private const int DefaultRetries = 2;

    /// <summary>The rules of a route, one for each match, and what is wrong with it.</summary>
    public (IReadOnlyList<RouteRule> Rules, IReadOnlyList<GatewayCondition> Problems) Convert(KubernetesHttpRoute route)
    {
        var rules = new List<RouteRule>();
        var problems = new List<GatewayCondition>();
        foreach (var rule in route.Spec?.Rules is { Count: > 0 } own ? own : [new HttpRouteRule()])
        {
            var matches = rule.Matches is { Count: > 0 } given ? given.Select(Match) : [Everything];
            Note(problems, rule.SessionPersistence is null ? null : GatewayCondition.NotAccepted("UnsupportedValue", "sessionPersistence is not supported: requests are balanced as usual; remove it"));
            Add(rules, problems, new Source(route.Metadata, AttachedListener.HttpRouteKind, rule.Name, rule.Filters, rule.BackendRefs), matches, result => Timing(result, rule));
        }

        return (rules, problems);
    }

    /// <inheritdoc cref="Convert(KubernetesHttpRoute)"/>
    public (IReadOnlyList<RouteRule> Rules, IReadOnlyList<GatewayCondition> Problems) Convert(KubernetesGrpcRoute route)
    {
        var rules = new List<RouteRule>();
        var problems = new List<GatewayCondition>();
        foreach (var rule in route.Spec?.Rules is { Count: > 0 } own ? own : [new GrpcRouteRule()])
        {
            var matches = rule.Matches is { Count: > 0 } given ? given.Select(Match) : [Everything];
            Add(rules, problems, new Source(route.Metadata, AttachedListener.GrpcRouteKind, rule.Name, rule.Filters, rule.BackendRefs), matches, result => result);
        }

        return (rules, problems);
    }

    /// <summary>The backends of rules about connections, of which a route has one. Where no backend counts, connections are refused.</summary>
    public (IReadOnlyList<RouteDestination> Route, IReadOnlyList<GatewayCondition> Problems) Convert(IReadOnlyList<TcpRouteRule>? rules, string kind, ObjectMeta metadata)
    {
        var problems = new List<GatewayCondition>();
        var destinations = new List<RouteDestination>();
        foreach (var backend in (rules ?? []).Take(1).SelectMany(rule => rule.BackendRefs ?? []))
        {
            var (destination, problem) = backends.Resolve(backend, kind, metadata.Namespace ?? "");
            destinations.Add(new RouteDestination { Destination = destination, Weight = backend.Weight ?? 1 });
            Note(problems, problem);
        }

        destinations.RemoveAll(destination => destination.Weight is 0);
        if (kind == AttachedListener.UdpRouteKind && destinations.Count > 1)
        {
            problems.Add(GatewayCondition.NotAccepted("UnsupportedValue", "a UDPRoute with several backends is not supported: datagrams go to the first; name one"));
        }

        return (destinations.Count > 0 ? destinations : [new RouteDestination { Destination = BackendResolution.Nobody }], problems);
    }

    private static HTTPMatchRequest Everything => new() { Uri = new StringMatch { Prefix = "/" }, IsPathSegments = true };

    private void Add(List<RouteRule> rules, List<GatewayCondition> problems, Source source, IEnumerable<HTTPMatchRequest> matches, Func<HTTPRoute, HTTPRoute> timing)
    {
        foreach (var match in matches)
        {
            var (rule, problem) = RouteFilters.Apply(
                new HTTPRoute { Name = source.Name, Match = [match], IsGatewayApi = true, Origin = source.Origin },
                source.Filters,
                match,
                backend => backends.Resolve(backend, source.Kind, source.Namespace));
            Note(problems, problem);
            rule = timing(rule);
            if (problem is { Type: "Accepted" })
            {
                rule = rule with { Redirect = null, DirectResponse = new HTTPDirectResponse { Status = 500 } };
            }
            else if (rule.Redirect is null)
            {
                rule = To(rule, source, problems);
            }

            rules.Add(new RouteRule(rule, RouteOrder.Of(match, source.Metadata, rules.Count)));
        }
    }

    /// <summary>To the backends. Where there is none, or none that counts, requests are answered 500.</summary>
    private HTTPRoute To(HTTPRoute rule, Source source, List<GatewayCondition> problems)
    {
        var destinations = new List<HTTPRouteDestination>();
        foreach (var backend in source.Backends ?? [])
        {
            var (destination, problem) = backends.Resolve(backend, source.Kind, source.Namespace);
            Note(problems, problem);
            Headers? headers = null;
            foreach (var filter in backend.Filters ?? [])
            {
                if (filter is { RequestHeaderModifier: null, ResponseHeaderModifier: null })
                {
                    Note(problems, GatewayCondition.NotAccepted("UnsupportedValue", $"filters of type {filter.Type} are not supported in backendRefs; put it into the rule"));
                    continue;
                }

                headers = RouteFilters.HeadersWith(headers, filter);
            }

            destinations.Add(new HTTPRouteDestination { Destination = destination, Weight = backend.Weight ?? 1, Headers = headers });
        }

        return destinations.Any(destination => destination.Weight > 0)
            ? rule with { Route = destinations.Count == 1 ? destinations : [.. destinations.Where(destination => destination.Weight > 0)] }
            : rule with { DirectResponse = new HTTPDirectResponse { Status = 500 }, Rewrite = null, Mirrors = null };
    }

    private static HTTPRoute Timing(HTTPRoute rule, HttpRouteRule source)
    {
        var each = source.Timeouts?.BackendRequest;
        return rule with
        {
            Timeout = source.Timeouts?.Request ?? (source.Retry is null ? each : null),
            Retries = source.Retry is not { } retry ? null : new HTTPRetry
            {
                Attempts = retry.Attempts ?? DefaultRetries,
                Backoff = retry.Backoff,
                PerTryTimeout = each,
                RetryOn = string.Join(',', (retry.Codes ?? []).Select(code => code.ToString(CultureInfo.InvariantCulture)).Prepend(RetryOn)),
            },
        };
    }

    private static HTTPMatchRequest Match(HttpRouteMatch match) => new()
    {
        Uri = match.Path?.Type switch
        {
            "Exact" => new StringMatch { Exact = match.Path.Value ?? "/" },
            "RegularExpression" => new StringMatch { Regex = match.Path.Value ?? "/" },
            _ => new StringMatch { Prefix = match.Path?.Value is { Length: > 0 } prefix ? prefix : "/" },
        },
        IsPathSegments = match.Path?.Type is null or "PathPrefix",
        Method = match.Method is { } method ? new StringMatch { Exact = method } : null,
        Headers = Conditions(match.Headers, lower: true),
        QueryParams = Conditions(match.QueryParams, lower: false),
    };

    private static HTTPMatchRequest Match(GrpcRouteMatch match) => new()
    {
        Uri = match.Method switch
        {
            { Type: "RegularExpression" } method => new StringMatch { Regex = $"/{method.Service ?? "[^/]+"}/{method.Method ?? "[^/]+"}" },
            { Service: { } service, Method: { } method } => new StringMatch { Exact = $"/{service}/{method}" },
            { Service: { } service } => new StringMatch { Prefix = $"/{service}/" },
            { Method: { } method } => new StringMatch { Regex = $"/[^/]+/{method}" },
            _ => new StringMatch { Prefix = "/" },
        },
        IsPathSegments = match.Method is null,
        Headers = Conditions(match.Headers, lower: true),
    };

    /// <summary>Of several conditions on one name the first counts.</summary>
    private static Dictionary<string, StringMatch>? Conditions(IReadOnlyList<HttpNameMatch>? conditions, bool lower) => conditions?
        .Select(condition => (Name: lower ? condition.Name.ToLowerInvariant() : condition.Name, Condition: condition))
        .DistinctBy(entry => entry.Name)
        .ToDictionary(
            entry => entry.Name,
            entry => entry.Condition.Type == "RegularExpression" ? new StringMatch { Regex = entry.Condition.Value } : new StringMatch { Exact = entry.Condition.Value });

    private static void Note(List<GatewayCondition> problems, GatewayCondition? problem)
    {
        if (problem is not null)
        {
            problems.Add(problem);
        }
    }

    /// <summary>What rules of both kinds have.</summary>
    private sealed record Source(
        ObjectMeta Metadata, string Kind, string? Name, IReadOnlyList<HttpRouteFilter>? Filters, IReadOnlyList<BackendReference>? Backends)
    {
        public string Namespace => Metadata.Namespace ?? "";

        public string Origin =>
            $"/apis/{AttachedListener.Group}/v1/namespaces/{Namespace}/{(Kind == AttachedListener.HttpRouteKind ? "h-t-t-p-route" : "g-r-p-c-route")}/{Metadata.Name}";
    }
}
