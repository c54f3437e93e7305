namespace Mizzen.Resources.Schema;

/// <summary>One of the <c>x-kubernetes-validations</c> of a CustomResourceDefinition's schema.</summary>
/// <param name="Rule">In CEL; <c>self</c> is the value, <c>oldSelf</c> what it was before.</param>
public sealed record ValidationRule(string Rule)
{
    /// <summary>What to say about a value that breaks the rule.</summary>
    public string? Message { get; init; }

    /// <summary>A text in CEL, instead of <see cref="Message"/>.</summary>
    public string? MessageExpression { get; init; }

    /// <summary><c>FieldValueInvalid</c> (default), <c>FieldValueForbidden</c>, <c>FieldValueRequired</c> or <c>FieldValueDuplicate</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>The field below the value that is to blame, as <c>.spec.x</c>; null for the value itself.</summary>
    public string? FieldPath { get; init; }

    /// <summary>Whether the rule holds for new values, too, with <c>oldSelf</c> as an optional.</summary>
    public bool OptionalOldSelf { get; init; }
}
