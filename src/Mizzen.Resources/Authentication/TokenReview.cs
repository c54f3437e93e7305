using System.Text.Json;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Authentication;

/// <summary>Asks for a token of a ServiceAccount (<c>authentication.k8s.io/v1</c> TokenRequest).</summary>
public sealed record TokenRequest : Resource
{
    public TokenRequestSpec? Spec { get; init; }

    public TokenRequestStatus? Status { get; init; }
}

public sealed record TokenRequestSpec
{
    public IReadOnlyList<string>? Audiences { get; init; }

    public long? ExpirationSeconds { get; init; }

    public BoundObjectReference? BoundObjectRef { get; init; }
}

public sealed record BoundObjectReference
{
    public string? Kind { get; init; }

    public string? ApiVersion { get; init; }

    public string? Name { get; init; }

    public string? Uid { get; init; }
}

public sealed record TokenRequestStatus
{
    public string? Token { get; init; }

    public DateTimeOffset? ExpirationTimestamp { get; init; }
}

/// <summary>Asks whose token this is (<c>authentication.k8s.io/v1</c> TokenReview).</summary>
public sealed record TokenReview : Resource
{
    public TokenReviewSpec? Spec { get; init; }

    public TokenReviewStatus? Status { get; init; }
}

public sealed record TokenReviewSpec
{
    public string? Token { get; init; }

    public IReadOnlyList<string>? Audiences { get; init; }
}

public sealed record TokenReviewStatus
{
    public bool? Authenticated { get; init; }

    public UserInfo? User { get; init; }

    public IReadOnlyList<string>? Audiences { get; init; }

    public string? Error { get; init; }
}

public sealed record UserInfo
{
    public string? Username { get; init; }

    public string? Uid { get; init; }

    public IReadOnlyList<string>? Groups { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra { get; init; }
}

/// <summary>Asks who the caller is (<c>authentication.k8s.io/v1</c> SelfSubjectReview).</summary>
public sealed record SelfSubjectReview : Resource
{
    public SelfSubjectReviewStatus? Status { get; init; }
}

public sealed record SelfSubjectReviewStatus
{
    public UserInfo? UserInfo { get; init; }
}

/// <summary>Asks what the caller may do (<c>authorization.k8s.io/v1</c> SelfSubjectAccessReview).</summary>
public sealed record SelfSubjectAccessReview : Resource
{
    public JsonElement? Spec { get; init; }

    public SubjectAccessReviewStatus? Status { get; init; }
}

public sealed record SubjectAccessReviewStatus
{
    public bool Allowed { get; init; }

    public bool? Denied { get; init; }

    public string? Reason { get; init; }

    public string? EvaluationError { get; init; }
}
