using System.Text.RegularExpressions;
using Envoy.Config.Route.V3;
using Envoy.Type.Matcher.V3;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Route tables as gRPC takes them (gRFC A28, A31, A33, A36, A44).</summary>
internal static class ProxylessRoutes
{
    public static RouteConfiguration Of(RouteConfiguration table)
    {
        var own = table.Clone();
        foreach (var route in own.VirtualHosts.SelectMany(host => host.Routes))
        {
            OnlyFaults(route.TypedPerFilterConfig);
            SegmentsAsExpression(route.Match);
            if (route.ActionCase is Route.ActionOneofCase.Redirect or Route.ActionOneofCase.DirectResponse)
            {
                // A program cannot be answered by its own library in HTTP's terms: the call fails instead of going elsewhere.
                route.NonForwardingAction = new NonForwardingAction();
            }
        }

        return own;
    }

    private static void OnlyFaults(MapField<string, Any> filters)
    {
        foreach (var name in filters.Keys.Where(name => name != EnvoyNames.Fault).ToList())
        {
            filters.Remove(name);
        }
    }

    private static void SegmentsAsExpression(RouteMatch match)
    {
        if (match.PathSpecifierCase == RouteMatch.PathSpecifierOneofCase.PathSeparatedPrefix)
        {
            match.SafeRegex = new RegexMatcher { Regex = Regex.Escape(match.PathSeparatedPrefix) + "(/.*)?" };
        }
    }
}
