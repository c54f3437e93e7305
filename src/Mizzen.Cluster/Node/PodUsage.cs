namespace Mizzen.Cluster.Node;

/// <summary>What the nodes that have power use, pod by pod.</summary>
/// <param name="Nodes">Their names.</param>
/// <param name="Pods">The pods that run on them.</param>
/// <param name="Window">The time over which processor time was counted.</param>
public sealed record UsageReport(IReadOnlyList<string> Nodes, IReadOnlyList<PodUsage> Pods, TimeSpan Window);

/// <summary>What one pod uses.</summary>
/// <param name="Uid">The pod.</param>
/// <param name="Node">Where it runs.</param>
/// <param name="Containers">Its containers that run.</param>
public sealed record PodUsage(string Uid, string Node, IReadOnlyList<ContainerUsage> Containers);

/// <summary>What the processes of one container use.</summary>
/// <param name="Name">The container.</param>
/// <param name="Cores">Processor time per time, 1 being one core.</param>
/// <param name="Memory">Bytes of physical memory: the sum of its processes' resident sets.</param>
public sealed record ContainerUsage(string Name, double Cores, long Memory);
