namespace Mizzen.Proxy.Runtime;

/// <summary>Envoy's names of the actions.</summary>
internal static class OverloadActions
{
    private static readonly Dictionary<string, OverloadAction> ByName = new(StringComparer.Ordinal)
    {
        ["envoy.overload_actions.stop_accepting_requests"] = OverloadAction.StopAcceptingRequests,
        ["envoy.overload_actions.disable_http_keepalive"] = OverloadAction.DisableKeepAlive,
        ["envoy.overload_actions.stop_accepting_connections"] = OverloadAction.StopAcceptingConnections,
        ["envoy.overload_actions.reject_incoming_connections"] = OverloadAction.RejectIncomingConnections,
        ["envoy.overload_actions.shrink_heap"] = OverloadAction.ShrinkHeap,
    };

    public static IEnumerable<string> Names => ByName.Keys;

    /// <summary>The action of that name; null when there is no such one.</summary>
    public static OverloadAction? Of(string name) => ByName.TryGetValue(name, out var action) ? action : null;

    public static string NameOf(OverloadAction action) => ByName.First(pair => pair.Value == action).Key;
}
