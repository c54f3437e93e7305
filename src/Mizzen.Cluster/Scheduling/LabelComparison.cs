namespace Mizzen.Cluster.Scheduling;

/// <summary>Compares labels by what they say.</summary>
internal static class LabelComparison
{
    public static bool SameAs(this IReadOnlyDictionary<string, string>? one, IReadOnlyDictionary<string, string>? other) =>
        (one?.Count ?? 0) == (other?.Count ?? 0) && (one is null || one.All(label => other!.GetValueOrDefault(label.Key) == label.Value));
}
