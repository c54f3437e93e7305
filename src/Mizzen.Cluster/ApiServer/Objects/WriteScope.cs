namespace Mizzen.Cluster.ApiServer.Objects;

/// <summary>Which part of an object an update may change.</summary>
internal enum WriteScope
{
    /// <summary>Everything but the status, where that is a subresource.</summary>
    Object,

    /// <summary>The status only.</summary>
    Status,

    /// <summary>A namespace's <c>spec.finalizers</c> only.</summary>
    Finalize,
}
