using Envoy.Config.Route.V3;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Networking;
using HashPolicy = Envoy.Config.Route.V3.RouteAction.Types.HashPolicy;

namespace Mizzen.ControlPlane.Translation;

/// <summary>What a request's endpoint depends on, where its destination hashes.</summary>
internal static class HashPolicies
{
    /// <summary>Adds the policies of the destinations of a route; a retry of one that hashes goes to where the first try went.</summary>
    public static void Add(RouteAction action, IReadOnlyList<ConsistentHashLB?> destinations)
    {
        action.HashPolicy.Add(destinations.OfType<ConsistentHashLB>().Select(Of).OfType<HashPolicy>());
        if (destinations is [not null] && action.RetryPolicy is { } retry)
        {
            retry.RetryHostPredicate.Clear();
            retry.HostSelectionRetryMaxAttempts = 0;
        }
    }

    private static HashPolicy? Of(ConsistentHashLB hash) => hash switch
    {
        { HttpHeaderName: { } header } => new HashPolicy { Header = new HashPolicy.Types.Header { HeaderName = header } },
        { HttpCookie: { } cookie } => new HashPolicy { Cookie = Cookie(cookie) },
        { HttpQueryParameterName: { } name } => new HashPolicy { QueryParameter = new HashPolicy.Types.QueryParameter { Name = name } },
        { UseSourceIp: true } => new HashPolicy { ConnectionProperties = new HashPolicy.Types.ConnectionProperties { SourceIp = true } },
        _ => null,
    };

    private static HashPolicy.Types.Cookie Cookie(HTTPCookie cookie) => new()
    {
        Name = cookie.Name ?? "",
        Path = cookie.Path ?? "",
        Ttl = GoDuration.Parse(cookie.Ttl) is { } ttl ? Messages.Of(ttl) : null,
        Attributes = { (cookie.Attributes ?? []).Select(attribute => new HashPolicy.Types.CookieAttribute { Name = attribute.Name ?? "", Value = attribute.Value ?? "" }) },
    };
}
