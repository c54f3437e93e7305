using Mizzen.Resources.Fields;

namespace Mizzen.Resources.Meta;

/// <summary>Chooses objects by their labels (<c>meta/v1</c> LabelSelector); all parts must hold. Empty selects everything.</summary>
[AtomicMap]
public sealed record LabelSelector
{
    /// <summary>Labels that must have exactly these values.</summary>
    public IReadOnlyDictionary<string, string>? MatchLabels { get; init; }

    /// <summary>Requirements on single labels.</summary>
    public IReadOnlyList<LabelSelectorRequirement>? MatchExpressions { get; init; }

    /// <summary>Whether an object with these labels is chosen.</summary>
    public bool Matches(IReadOnlyDictionary<string, string>? labels) =>
        (MatchLabels ?? EmptyLabels).All(wanted => labels is not null && labels.TryGetValue(wanted.Key, out var value) && value == wanted.Value)
        && (MatchExpressions ?? []).All(requirement => requirement.Matches(labels));

    private static readonly Dictionary<string, string> EmptyLabels = [];
}

/// <summary>One requirement of a <see cref="LabelSelector"/>.</summary>
public sealed record LabelSelectorRequirement
{
    /// <summary>The label.</summary>
    public required string Key { get; init; }

    /// <summary>In, NotIn, Exists or DoesNotExist.</summary>
    [AllowedValues("In", "NotIn", "Exists", "DoesNotExist")]
    public required string Operator { get; init; }

    /// <summary>The values of In and NotIn.</summary>
    public IReadOnlyList<string>? Values { get; init; }

    /// <summary>Whether labels fulfil the requirement. NotIn holds for objects without the label.</summary>
    public bool Matches(IReadOnlyDictionary<string, string>? labels)
    {
        var value = labels is not null && labels.TryGetValue(Key, out var found) ? found : null;
        return Operator switch
        {
            "In" => value is not null && (Values ?? []).Contains(value),
            "NotIn" => value is null || !(Values ?? []).Contains(value),
            "Exists" => value is not null,
            "DoesNotExist" => value is null,
            _ => false,
        };
    }
}
