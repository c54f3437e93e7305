namespace Mizzen.Proxy.Admin;

/// <summary>The parameters behind a path's question mark.</summary>
internal sealed class AdminQuery
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>The value, empty for a name without one, null for a name that is not there.</summary>
    public string? this[string name] => _values.GetValueOrDefault(name);

    public static AdminQuery Parse(string target)
    {
        var query = new AdminQuery();
        var start = target.IndexOf('?', StringComparison.Ordinal);
        foreach (var part in start < 0 ? [] : target[(start + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = part.Split('=', 2);
            query._values[Uri.UnescapeDataString(pair[0])] = pair.Length > 1 ? Uri.UnescapeDataString(pair[1]) : "";
        }

        return query;
    }
}
