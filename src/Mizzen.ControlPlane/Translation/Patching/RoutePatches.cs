using System.Globalization;
using Envoy.Config.Route.V3;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Model.EnvoyFilters;

namespace Mizzen.ControlPlane.Translation.Patching;

/// <summary>Route tables as patches leave them. Virtual hosts that no patch changes stay the objects that many tables share.</summary>
internal sealed class RoutePatches(PatchSet set)
{
    /// <summary>The table; the same object when no patch changes it.</summary>
    public RouteConfiguration Apply(RouteConfiguration table) => Apply(table, set.Type == ProxyType.Router ? PatchContext.Gateway : PatchContext.SidecarOutbound);

    public RouteConfiguration Apply(RouteConfiguration table, PatchContext context)
    {
        var tables = Of(PatchPlace.RouteConfiguration, context, table);
        var hosts = Of(PatchPlace.VirtualHost, context, table);
        var routes = Of(PatchPlace.HttpRoute, context, table);
        if (tables.Count + hosts.Count + routes.Count == 0)
        {
            return table;
        }

        var patched = RouteTableParts.WithoutHosts(table).Clone();
        patched.VirtualHosts.Add(table.VirtualHosts);
        foreach (var patch in tables)
        {
            MessageMerge.Merge(patched, patch.Value!, patch.Operation == PatchOperation.MergeAndReplaceList);
        }

        for (var i = patched.VirtualHosts.Count - 1; i >= 0; i--)
        {
            if (Patched(patched.VirtualHosts[i], hosts, routes) is { } host)
            {
                patched.VirtualHosts[i] = host;
            }
            else
            {
                patched.VirtualHosts.RemoveAt(i);
            }
        }

        patched.VirtualHosts.Add(hosts.Where(patch => patch.Operation == PatchOperation.Add).Select(patch => ((VirtualHost)patch.Value!).Clone()));
        return patched.Equals(table) ? table : Origins.Note(patched, [.. tables, .. hosts, .. routes]);
    }

    private List<EnvoyPatch> Of(PatchPlace place, PatchContext context, RouteConfiguration table) =>
        [.. set.Of(place, context).Where(patch => RouteMatchesPatch.Includes(set, patch, table, context))];

    /// <summary>The host; null when it is removed.</summary>
    private static VirtualHost? Patched(VirtualHost host, List<EnvoyPatch> hosts, List<EnvoyPatch> routes)
    {
        var mine = hosts.FindAll(patch => patch.Operation != PatchOperation.Add && RouteMatchesPatch.Includes(patch, host));
        var mineOfRoutes = routes.FindAll(patch => RouteMatchesPatch.Includes(patch, host));
        if (mine.Count + mineOfRoutes.Count == 0)
        {
            return host;
        }

        var patched = host.Clone();
        foreach (var patch in mine)
        {
            switch (patch.Operation)
            {
                case PatchOperation.Remove:
                    return null;
                case PatchOperation.Replace:
                    patched = ((VirtualHost)patch.Value!).Clone();
                    break;
                default:
                    MessageMerge.Merge(patched, patch.Value!, patch.Operation == PatchOperation.MergeAndReplaceList);
                    break;
            }
        }

        PatchedList.Apply(patched.Routes, mineOfRoutes, RouteMatchesPatch.NamesRoute, (route, patch) => RouteMatchesPatch.Includes(patch, route), _ => patched.Routes.Count);
        return patched;
    }
}

/// <summary>Which tables, hosts and routes a patch means (<c>match.routeConfiguration</c>).</summary>
internal static class RouteMatchesPatch
{
    public static bool Includes(PatchSet set, EnvoyPatch patch, RouteConfiguration table, PatchContext context)
    {
        if (patch.Match.RouteConfiguration is not { } match)
        {
            return true;
        }

        var (port, portName, gateway) = context == PatchContext.Gateway ? OfGateway(table.Name) : (OfSidecar(table.Name), "", "");
        var isPort = match.PortNumber is not > 0
            || (context == PatchContext.Gateway ? port == match.PortNumber || set.IsPort(port, match.PortNumber.Value) : port == match.PortNumber);
        return isPort
            && (string.IsNullOrEmpty(match.Name) || match.Name == table.Name)
            && (context != PatchContext.Gateway || string.IsNullOrEmpty(match.PortName) || match.PortName == portName)
            && (context != PatchContext.Gateway || string.IsNullOrEmpty(match.Gateway) || match.Gateway == gateway);
    }

    public static bool Includes(EnvoyPatch patch, VirtualHost host) => patch.Match.RouteConfiguration?.Vhost is not { } match
        || ((string.IsNullOrEmpty(match.Name) || match.Name == host.Name) && (string.IsNullOrEmpty(match.DomainName) || host.Domains.Contains(match.DomainName)));

    public static bool NamesRoute(EnvoyPatch patch) => patch.Match.RouteConfiguration?.Vhost?.Route is not null;

    public static bool Includes(EnvoyPatch patch, Route route) => patch.Match.RouteConfiguration?.Vhost?.Route is not { } match
        || ((string.IsNullOrEmpty(match.Name) || match.Name == route.Name) && IsAction(match.Action, route));

    private static bool IsAction(string? action, Route route) => action switch
    {
        "ROUTE" => route.Route_ is not null,
        "REDIRECT" => route.Redirect is not null,
        "DIRECT_RESPONSE" => route.DirectResponse is not null,
        _ => true,
    };

    // inbound|8080||, 8080, or 8080 behind a host.
    private static int OfSidecar(string name)
    {
        var text = name.Split('|') is ["inbound", var inbound, ..] ? inbound : name;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0;
    }

    // http.8080, or https.443.port.gateway.namespace
    private static (int Port, string PortName, string Gateway) OfGateway(string name) => name.Split('.') switch
    {
        ["http", var port] => (Number(port), "", ""),
        ["https", var port, var portName, var gateway, var ns] => (Number(port), portName, $"{ns}/{gateway}"),
        _ => (0, "", ""),
    };

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0;
}
