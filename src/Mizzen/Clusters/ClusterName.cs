using System.Text.RegularExpressions;

namespace Mizzen.Clusters;

/// <summary>The name of a local cluster: a DNS label (RFC 1123), because it becomes a directory, a kubeconfig context and part of node names.</summary>
internal readonly partial record struct ClusterName
{
    public static readonly ClusterName Default = new("mizzen");

    private ClusterName(string value) => Value = value;

    public string Value { get; }

    public static bool TryParse(string text, out ClusterName name)
    {
        var valid = Pattern.IsMatch(text);
        name = valid ? new ClusterName(text) : Default;
        return valid;
    }

    public override string ToString() => Value;

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern { get; }
}
