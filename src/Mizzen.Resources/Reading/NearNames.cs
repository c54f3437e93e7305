namespace Mizzen.Resources.Reading;

/// <summary>What somebody may have meant who wrote a name that does not exist.</summary>
public static class NearNames
{
    private const int Most = 3;

    /// <summary>The nearest names, nearest first; none when nothing is near.</summary>
    public static IReadOnlyList<string> Of(string wanted, IEnumerable<string> names) =>
    [
        .. names.Distinct(StringComparer.Ordinal)
            .Select(name => (Name: name, Distance: name.Contains(wanted, StringComparison.OrdinalIgnoreCase) ? 0 : Distance(wanted, name)))
            .Where(near => near.Distance <= Math.Max(1, (wanted.Length + 1) / 3))
            .OrderBy(near => near.Distance).ThenBy(near => near.Name, StringComparer.Ordinal)
            .Take(Most)
            .Select(near => near.Name),
    ];

    /// <summary>"; did you mean a or b?", or nothing.</summary>
    public static string Hint(string wanted, IEnumerable<string> names) =>
        Of(wanted, names) is { Count: > 0 } near ? $"; did you mean {string.Join(" or ", near)}?" : "";

    /// <summary>Letters to insert, remove or replace (Levenshtein), whatever their case.</summary>
    public static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var same = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]) ? diagonal : diagonal + 1;
                diagonal = row[j];
                row[j] = Math.Min(same, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
