namespace Mizzen.ControlPlane.Push;

/// <summary>Whose token a proxy has shown.</summary>
/// <param name="Namespace">The service account's namespace.</param>
/// <param name="ServiceAccount">The service account.</param>
internal sealed record ProxyIdentity(string Namespace, string ServiceAccount)
{
    private const string Prefix = "system:serviceaccount:";

    /// <summary>Reads the user name that Kubernetes gives a service account; null when it is another user.</summary>
    public static ProxyIdentity? FromUserName(string? name) =>
        name is not null && name.StartsWith(Prefix, StringComparison.Ordinal) && name[Prefix.Length..].Split(':') is [{ Length: > 0 } ns, { Length: > 0 } account]
            ? new ProxyIdentity(ns, account)
            : null;
}
