namespace Mizzen.Resources.Meta;

/// <summary>What the API server answers instead of an object (<c>meta/v1</c> Status).</summary>
public sealed record Status
{
    /// <summary>Always <c>v1</c>.</summary>
    public string? ApiVersion { get; init; } = "v1";

    /// <summary>Always <c>Status</c>.</summary>
    public string? Kind { get; init; } = "Status";

    /// <summary>Empty but for lists.</summary>
    public ListMeta Metadata { get; init; } = new();

    /// <summary>Success or Failure.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("status")]
    public string? Outcome { get; init; }

    /// <summary>A sentence for people.</summary>
    public string? Message { get; init; }

    /// <summary>One word for programs, for example <c>NotFound</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>What it is about.</summary>
    public StatusDetails? Details { get; init; }

    /// <summary>The HTTP status code.</summary>
    public int? Code { get; init; }
}

/// <summary>What a <see cref="Status"/> is about.</summary>
public sealed record StatusDetails
{
    /// <summary>The object's name.</summary>
    public string? Name { get; init; }

    /// <summary>The object's group.</summary>
    public string? Group { get; init; }

    /// <summary>The object's kind, or its plural name where the request did not get as far as a kind.</summary>
    public string? Kind { get; init; }

    /// <summary>The object's identity.</summary>
    public string? Uid { get; init; }

    /// <summary>Every problem by itself.</summary>
    public IReadOnlyList<StatusCause>? Causes { get; init; }

    /// <summary>Seconds after which it is worth to try again.</summary>
    public int? RetryAfterSeconds { get; init; }
}

/// <summary>One problem of a <see cref="Status"/>.</summary>
public sealed record StatusCause
{
    /// <summary>One word for programs, for example <c>FieldValueInvalid</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>A sentence for people.</summary>
    public string? Message { get; init; }

    /// <summary>The field's path, for example <c>spec.http[0].route[1].weight</c>.</summary>
    public string? Field { get; init; }
}

/// <summary>Metadata of a list (<c>meta/v1</c> ListMeta).</summary>
public sealed record ListMeta
{
    /// <summary>The version of the store that the list shows.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>The token with which the list goes on.</summary>
    public string? Continue { get; init; }

    /// <summary>How many objects the rest has, where it is known.</summary>
    public long? RemainingItemCount { get; init; }
}
