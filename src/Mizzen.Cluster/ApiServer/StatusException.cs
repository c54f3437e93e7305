using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.ApiServer;

/// <summary>A request is refused with this Status; made by <see cref="Errors"/>.</summary>
internal sealed class StatusException(Status status) : Exception(status.Message)
{
    public Status Status { get; } = status;

    public int Code => Status.Code ?? 500;
}
