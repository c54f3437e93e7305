using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Node;

/// <summary>One run of a container's program, and who is attached to it.</summary>
internal sealed class RunningProgram(ContainerProcess process, Container container, SharedOutput output, SharedOutput? errors)
{
    public RunningProgram(ContainerProcess process, Container container)
        : this(process, container, new SharedOutput(process.Output), process.Errors is null ? null : new SharedOutput(process.Errors))
    {
    }

    public Task CopyAsync(ContainerLog log) =>
        Task.WhenAll(log.CopyAsync(output, "stdout"), errors is null ? Task.CompletedTask : log.CopyAsync(errors, "stderr"));

    public ContainerSession Attach() => new AttachSession(process, container.StdinOnce ?? false, output.Attach(), errors?.Attach());
}
