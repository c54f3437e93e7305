namespace Mizzen.Api;

/// <summary>What an apply did to one object.</summary>
internal sealed record ApplyResult(ServedKind Kind, string? Namespace, string Name, ApplyChange Change)
{
    /// <summary>kubectl's words: <c>deployment.apps/frontend-prod configured</c>.</summary>
    public override string ToString() => $"{Kind.DisplayName}/{Name} {Change.ToString().ToLowerInvariant()}";
}

/// <summary>How an apply ended.</summary>
internal enum ApplyChange
{
    Created,
    Configured,
    Unchanged,
}
