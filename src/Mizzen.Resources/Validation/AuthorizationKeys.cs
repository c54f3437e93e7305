namespace Mizzen.Resources.Validation;

/// <summary>The attributes that conditions of AuthorizationPolicies may name.</summary>
internal static class AuthorizationKeys
{
    private static readonly HashSet<string> Whole = new(StringComparer.Ordinal)
    {
        "source.ip", "remote.ip", "source.namespace", "source.serviceAccount", "source.trustDomain", "source.principal",
        "request.auth.principal", "request.auth.audiences", "request.auth.presenter", "destination.ip", "destination.port", "connection.sni",
    };

    public static bool IsKnown(string key) => Whole.Contains(key) || IsBracketed(key, "request.headers") || IsBracketed(key, "request.auth.claims")
        || (key.StartsWith("experimental.envoy.filters.", StringComparison.Ordinal) && key.EndsWith(']'));

    /// <summary>It is about who asks.</summary>
    public static bool IsIdentity(string key) =>
        key.StartsWith("request.auth.", StringComparison.Ordinal)
        || key is "source.principal" or "source.namespace" or "source.serviceAccount" or "source.trustDomain";

    public static bool IsAddress(string key) => key is "source.ip" or "remote.ip" or "destination.ip";

    private static bool IsBracketed(string key, string name) =>
        key.Length > name.Length + 2 && key.StartsWith(name + "[", StringComparison.Ordinal) && key.EndsWith(']');
}
