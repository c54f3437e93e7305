namespace Mizzen.Resources.Schema;

/// <summary>What is wrong with one field.</summary>
/// <param name="Path">Where: <c>spec.http[0].route[1].weight</c>.</param>
/// <param name="Kind">Which sort of mistake.</param>
/// <param name="Message">What, as Kubernetes words it, without the path.</param>
public sealed record FieldError(string Path, FieldErrorKind Kind, string Message)
{
    /// <summary><c>spec.replicas: Invalid value: "string": …</c>.</summary>
    public override string ToString() => Path.Length == 0 ? Message : $"{Path}: {Message}";
}

/// <summary>Kubernetes' sorts of field mistakes (<c>field.ErrorType</c>).</summary>
public enum FieldErrorKind
{
    /// <summary>The value is not one that the field takes.</summary>
    Invalid,

    /// <summary>The value has another type.</summary>
    TypeInvalid,

    /// <summary>The field is missing.</summary>
    Required,

    /// <summary>The value is not among those allowed.</summary>
    NotSupported,

    /// <summary>The same key twice.</summary>
    Duplicate,

    /// <summary>The value is not allowed here.</summary>
    Forbidden,
}
