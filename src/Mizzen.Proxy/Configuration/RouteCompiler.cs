using System.Collections.Frozen;
using Envoy.Config.Route.V3;
using Mizzen.Proxy.Configuration.HttpFilters;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>RouteConfiguration messages as route tables.</summary>
internal static class RouteCompiler
{
    public static RouteTable Compile(RouteConfiguration message, Problems problems)
    {
        var exact = new Dictionary<string, VirtualHostModel>(StringComparer.Ordinal);
        var suffixes = new List<(byte[], VirtualHostModel)>();
        var prefixes = new List<(byte[], VirtualHostModel)>();
        VirtualHostModel? any = null;
        foreach (var host in message.VirtualHosts)
        {
            using var scope = problems.At($"virtual_hosts[{host.Name}]");
            var model = Host(host, problems);
            foreach (var domain in host.Domains.Select(domain => domain.ToLowerInvariant()))
            {
                if (domain == "*")
                {
                    any ??= model;
                }
                else if (domain.StartsWith('*'))
                {
                    suffixes.Add((Values.Utf8(domain[1..]), model));
                }
                else if (domain.EndsWith('*'))
                {
                    prefixes.Add((Values.Utf8(domain[..^1]), model));
                }
                else if (!exact.TryAdd(domain, model))
                {
                    problems.Add($"the domain {domain} belongs to another virtual host already");
                }
            }
        }

        return new RouteTable
        {
            Name = message.Name,
            IgnorePort = message.IgnorePortInHostMatching,
            Exact = exact.ToFrozenDictionary(StringComparer.Ordinal),
            Suffixes = [.. suffixes.OrderByDescending(entry => entry.Item1.Length)],
            Prefixes = [.. prefixes.OrderByDescending(entry => entry.Item1.Length)],
            Any = any,
            RequestHeaders = Values.Headers(message.RequestHeadersToAdd, message.RequestHeadersToRemove),
            ResponseHeaders = Values.Headers(message.ResponseHeadersToAdd, message.ResponseHeadersToRemove),
            Filters = HttpFilterCompiler.Overrides(message.TypedPerFilterConfig, problems),
        };
    }

    private static VirtualHostModel Host(VirtualHost message, Problems problems)
    {
        var routes = new List<RouteModel>();
        for (var i = 0; i < message.Routes.Count; i++)
        {
            using var scope = problems.At($"routes[{i}]");
            if (Route(message.Routes[i], problems) is { } route)
            {
                routes.Add(route);
            }
        }

        return new VirtualHostModel
        {
            Name = message.Name,
            Routes = routes,
            RequestHeaders = Values.Headers(message.RequestHeadersToAdd, message.RequestHeadersToRemove),
            ResponseHeaders = Values.Headers(message.ResponseHeadersToAdd, message.ResponseHeadersToRemove),
            Retry = RetryCompiler.Compile(message.RetryPolicy, problems),
            IncludeAttemptCount = message.IncludeRequestAttemptCount,
            Filters = HttpFilterCompiler.Overrides(message.TypedPerFilterConfig, problems),
        };
    }

    private static RouteModel? Route(Route message, Problems problems)
    {
        var action = RouteActionCompiler.Compile(message, problems);
        return action is null
            ? null
            : new RouteModel
            {
                Name = message.Name,
                Match = RouteMatchCompiler.Compile(message.Match, problems),
                Action = action,
                RequestHeaders = Values.Headers(message.RequestHeadersToAdd, message.RequestHeadersToRemove),
                ResponseHeaders = Values.Headers(message.ResponseHeadersToAdd, message.ResponseHeadersToRemove),
                Filters = HttpFilterCompiler.Overrides(message.TypedPerFilterConfig, problems),
                Decorator = message.Decorator is { Operation.Length: > 0 } decorator ? Values.Utf8(decorator.Operation) : null,
                Origin = Metadata.Text(message.Metadata, "istio", "config"),
            };
    }
}
