namespace Mizzen.ControlPlane.Model;

/// <summary>Selection by labels.</summary>
internal static class Labels
{
    /// <summary>Whether all that is wanted is there; nothing wanted is always there.</summary>
    public static bool Include(IReadOnlyDictionary<string, string>? labels, IReadOnlyDictionary<string, string>? wanted) =>
        wanted is null || wanted.All(entry => labels is not null && labels.TryGetValue(entry.Key, out var value) && value == entry.Value);
}
