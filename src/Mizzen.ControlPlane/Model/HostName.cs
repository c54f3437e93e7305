using System.Net;

namespace Mizzen.ControlPlane.Model;

/// <summary>The rules for host names in Istio's resources: short names, wildcards, and which name is part of which.</summary>
internal static class HostName
{
    public const string ClusterDomain = "cluster.local";
    public const string ServiceSuffix = ".svc." + ClusterDomain;

    public static bool IsWildcard(string host) => host.StartsWith('*');

    /// <summary>The full name: one without a dot is a Service of the namespace in which it is written.</summary>
    public static string Resolve(string host, string ns)
    {
        var lower = host.ToLowerInvariant();
        return lower.Length == 0 || lower == "*" || lower.Contains('.', StringComparison.Ordinal) || IPAddress.TryParse(lower, out _)
            ? lower
            : OfService(lower, ns);
    }

    public static string OfService(string name, string ns) => $"{name}.{ns}{ServiceSuffix}";

    /// <summary>Whether every name that <paramref name="host"/> stands for is one of <paramref name="pattern"/>'s.</summary>
    public static bool IsSubsetOf(string host, string pattern)
    {
        if (!IsWildcard(pattern))
        {
            return host == pattern;
        }

        // "*.com" does not stand for ".com" itself: something must be in the place of the star.
        var name = IsWildcard(host) ? host.AsSpan(1) : host;
        return name.EndsWith(pattern.AsSpan(1), StringComparison.Ordinal) && (IsWildcard(host) || name.Length > pattern.Length - 1);
    }

    /// <summary>Whether there is a name that both stand for.</summary>
    public static bool Intersects(string one, string other) => IsSubsetOf(one, other) || IsSubsetOf(other, one);

    /// <summary>The narrower of two that intersect.</summary>
    public static string Narrower(string one, string other) => IsSubsetOf(one, other) ? one : other;

    /// <summary>The most specific of the patterns that cover a host: itself, else the longest wildcard; null when none does.</summary>
    public static string? MostSpecific(string host, IEnumerable<string> patterns)
    {
        string? best = null;
        foreach (var pattern in patterns)
        {
            if (pattern == host)
            {
                return pattern;
            }

            if (IsSubsetOf(host, pattern) && pattern.Length > (best?.Length ?? 0))
            {
                best = pattern;
            }
        }

        return best;
    }
}
