using System.Globalization;
using System.Text.RegularExpressions;

namespace Mizzen.Cluster.ApiServer.Kinds;

/// <summary>
/// Kubernetes' priority of versions: v2, v1, v1beta2, v1beta1, v1alpha1, then everything else by the alphabet (CustomResourceDefinition
/// versioning, "Version priority").
/// </summary>
internal sealed partial class VersionOrder : IComparer<string>
{
    public static readonly VersionOrder Instance = new();

    public int Compare(string? x, string? y)
    {
        var byRank = Rank(y!).CompareTo(Rank(x!));
        return byRank != 0 ? byRank : string.CompareOrdinal(x, y);
    }

    private static (int Stability, int Major, int Minor) Rank(string version)
    {
        var match = Pattern.Match(version);
        if (!match.Success)
        {
            return (0, 0, 0);
        }

        var stability = match.Groups[2].Value switch { "beta" => 2, "alpha" => 1, _ => 3 };
        return (stability, Number(match.Groups[1]), match.Groups[3].Length == 0 ? 0 : Number(match.Groups[3]));
    }

    private static int Number(Group group) => int.TryParse(group.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex("^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern { get; }
}
