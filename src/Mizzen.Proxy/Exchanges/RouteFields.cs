using System.Text;

using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Exchanges;

/// <summary>What depends on a request's route and its header before the filters' turn.</summary>
internal static class RouteFields
{
    /// <summary>The connection manager lets a request of this kind become a tunnel.</summary>
    public static bool AllowsUpgrade(RequestHead request, HttpModel http)
    {
        var token = request.Get(KnownHeader.Upgrade);
        for (var i = 0; i < http.UpgradeTypes.Count; i++)
        {
            if (Ascii.EqualsIgnoreCase(token, http.UpgradeTypes[i]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The client's proxy names the operation; the server's proxy reads the name and hides it from the application (Envoy).</summary>
    public static void SetDecorator(RequestHead request, HttpModel http, RouteModel route)
    {
        if (http.ReceivesPeerMetadata)
        {
            request.Remove(KnownHeader.EnvoyDecoratorOperation);
        }
        else if (route.Decorator is { } operation && request.Find(KnownHeader.EnvoyDecoratorOperation) < 0)
        {
            request.Append("x-envoy-decorator-operation"u8, operation);
        }
    }
}
