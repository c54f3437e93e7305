using System.Globalization;
using Envoy.Config.Route.V3;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>Hash policies of routes.</summary>
internal static class HashPolicyCompiler
{
    public static HashPolicyModel Compile(RouteAction.Types.HashPolicy message, Problems problems)
    {
        var policy = new HashPolicyModel { Terminal = message.Terminal };
        switch (message.PolicySpecifierCase)
        {
            case RouteAction.Types.HashPolicy.PolicySpecifierOneofCase.Header:
                return policy with { Header = Values.Utf8(message.Header.HeaderName.ToLowerInvariant()) };
            case RouteAction.Types.HashPolicy.PolicySpecifierOneofCase.Cookie:
                return policy with { Cookie = Values.Utf8(message.Cookie.Name), CookieAttributes = Attributes(message.Cookie) };
            case RouteAction.Types.HashPolicy.PolicySpecifierOneofCase.QueryParameter:
                return policy with { QueryParameter = Values.Utf8(message.QueryParameter.Name) };
            case RouteAction.Types.HashPolicy.PolicySpecifierOneofCase.ConnectionProperties:
                return policy with { SourceIp = message.ConnectionProperties.SourceIp };
            default:
                problems.Add("hash_policy: one of header, cookie, query_parameter, connection_properties is needed");
                return policy;
        }
    }

    /// <summary>A cookie is made only where there is a time for which it lives; 0 is the client's session (Envoy).</summary>
    private static byte[]? Attributes(RouteAction.Types.HashPolicy.Types.Cookie cookie)
    {
        if (cookie.Ttl is not { } ttl)
        {
            return null;
        }

        var age = ttl.Seconds > 0 ? string.Create(CultureInfo.InvariantCulture, $"; Max-Age={ttl.Seconds}") : "";
        var path = cookie.Path.Length > 0 ? $"; Path={cookie.Path}" : "";
        var more = string.Concat(cookie.Attributes.Select(attribute => attribute.Value.Length > 0 ? $"; {attribute.Name}={attribute.Value}" : $"; {attribute.Name}"));
        return Values.Utf8($"{age}{path}{more}; HttpOnly");
    }
}
