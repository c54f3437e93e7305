using System.Globalization;
using System.Text.Json.Nodes;

namespace Mizzen.Resources;

/// <summary>Numbers of JSON trees, which may hold what was parsed or any numeric type that code has put in; casts take only one of these.</summary>
public static class JsonNumber
{
    /// <summary>The number.</summary>
    /// <exception cref="FormatException">The node is no number.</exception>
    public static double Of(JsonNode node)
    {
        var value = node.AsValue();
        if (value.TryGetValue<double>(out var number))
        {
            return number;
        }

        if (value.TryGetValue<long>(out var large))
        {
            return large;
        }

        return value.TryGetValue<int>(out var small) ? small : double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture);
    }
}
