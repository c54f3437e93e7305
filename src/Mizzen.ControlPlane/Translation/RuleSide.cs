namespace Mizzen.ControlPlane.Translation;

/// <summary>One attribute of a rule, with the values that are wanted and those that are not.</summary>
/// <typeparam name="T">Permission or principal.</typeparam>
/// <param name="IsHttp">It is known of requests only, not of connections.</param>
/// <param name="Values">One of these has to match; none ask for nothing.</param>
/// <param name="NotValues">None of these may match.</param>
/// <param name="Condition">One value as a condition.</param>
internal sealed record RuleAttribute<T>(bool IsHttp, IReadOnlyList<string>? Values, IReadOnlyList<string>? NotValues, Func<string, T> Condition)
{
    public bool IsGiven => Values is { Count: > 0 } || NotValues is { Count: > 0 };
}

/// <summary>How conditions of one side of a policy, permissions or principals, are put together.</summary>
/// <typeparam name="T">Permission or principal.</typeparam>
internal sealed class RuleSide<T>(Func<IEnumerable<T>, T> and, Func<IEnumerable<T>, T> or, Func<T, T> not, Func<T> any)
{
    /// <summary>
    /// All attributes together. On connections, of which requests' attributes are not known, a rule that lets pass must not let more pass: it
    /// is given up (null). One that refuses or marks goes on without them, and so refuses more rather than less.
    /// </summary>
    public T? All(IEnumerable<RuleAttribute<T>> attributes, bool ofConnection, bool letsPass)
    {
        var conditions = new List<T>();
        foreach (var attribute in attributes.Where(attribute => attribute.IsGiven))
        {
            if (ofConnection && attribute.IsHttp)
            {
                if (letsPass)
                {
                    return default;
                }

                continue;
            }

            if (attribute.Values is { Count: > 0 } values)
            {
                conditions.Add(or(values.Select(attribute.Condition)));
            }

            if (attribute.NotValues is { Count: > 0 } notValues)
            {
                conditions.Add(not(or(notValues.Select(attribute.Condition))));
            }
        }

        return and(conditions.DefaultIfEmpty(any()));
    }
}
