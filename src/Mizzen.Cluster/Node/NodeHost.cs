using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Cluster.Events;
using Mizzen.Cluster.Images;
using Mizzen.Cluster.Network;
using Mizzen.Resources;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Node;

/// <summary>What the nodes of a cluster are made of.</summary>
/// <param name="Count">How many, 1 to 254.</param>
/// <param name="DataFolder">Where logs and, in memory, pods' files are kept.</param>
/// <param name="Images">Which program an image stands for.</param>
public sealed record NodeHostOptions(int Count, string DataFolder, ImageMap Images);

/// <summary>All nodes of the cluster: they register, and run the pods that are bound to them.</summary>
public sealed class NodeHost : IPodRuntime
{
    private const string KubeletVersion = "v1.32.0-mizzen";
    private const int PodsPerNode = 110;

    /// <summary>The annotation by which somebody takes a node's power away: what it says is "true" then.</summary>
    public const string PoweredOff = "node.mizzen.dev/powered-off";

    private readonly NodeServices _services;
    private readonly Informer<Pod> _pods;
    private readonly Informer<NodeResource> _machines;
    private readonly ConcurrentDictionary<string, bool> _off = new();
    private readonly Dictionary<string, NodeIdentity> _nodes;
    private readonly Dictionary<string, NodeLease> _leases;
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, PodWorker> _workers = new();
    private readonly ConcurrentDictionary<string, Task> _running = new();
    private readonly UsageMeter _usage;
    private readonly MountedConfiguration _configuration;
    private readonly ILogger _logger;

    /// <summary>Prepares the nodes; <see cref="RunAsync"/> starts them.</summary>
    public NodeHost(NodeHostOptions options, ClusterNetwork network, ResourceClient client, ILogger<NodeHost> logger, TimeProvider clock)
    {
        _logger = logger;
        var pods = Directory.CreateDirectory(Path.Combine(options.DataFolder, "pods")).FullName;
        var logs = Directory.CreateDirectory(Path.Combine(options.DataFolder, "logs")).FullName;
        ContainerMounts.MountMemory(pods);
        _services = new NodeServices(
            client, network, options.Images, new ApiConfigurationSource(client), new EventSink("kubelet", client, logger, clock), pods, logs, logger, clock);
        _usage = new UsageMeter(clock);
        _configuration = new MountedConfiguration(client, TakeConfiguration, logger, clock);
        _nodes = Enumerable.Range(1, options.Count).Select(Identity).ToDictionary(node => node.Name);
        _pods = new Informer<Pod>(client, null, null, logger, clock);
        _pods.Changed += change => Take(change.New, change.Object);
        _machines = new Informer<NodeResource>(client, null, null, logger, clock);
        _machines.Changed += TakePower;
        _leases = _nodes.Keys.ToDictionary(name => name, name => new NodeLease(name, () => _off.ContainsKey(name), client, logger, clock));
    }

    /// <summary>Registers the nodes and runs pods until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var node in _nodes.Values)
        {
            await RegisterAsync(node, cancellationToken);
        }

        try
        {
            await Task.WhenAll(
                _services.Events.RunAsync(cancellationToken),
                _pods.RunAsync(cancellationToken),
                new OrphanReaper(_services.Clock).RunAsync(cancellationToken),
                _machines.RunAsync(cancellationToken),
                _usage.RunAsync(cancellationToken),
                new MemoryWatch(() => _workers.Values.SelectMany(worker => worker.Containers()), _services.Clock).RunAsync(cancellationToken),
                _configuration.RunAsync(cancellationToken),
                Task.WhenAll(_leases.Values.Select(lease => lease.RunAsync(cancellationToken))));
        }
        finally
        {
            await EndAsync();
        }
    }

    /// <inheritdoc/>
    public bool IsRunning(string podUid, string container) => _workers.GetValueOrDefault(podUid)?.Find(container)?.IsRunning == true;

    /// <inheritdoc/>
    public UsageReport Usage()
    {
        var usage = _usage.Read();
        return new UsageReport([.. _nodes.Keys.Where(name => !_off.ContainsKey(name))], [.. _workers.Values.Select(worker => worker.Usage(usage))], UsageMeter.Period);
    }

    /// <inheritdoc/>
    public ContainerSession Exec(string podUid, string container, IReadOnlyList<string> command, bool input, bool terminal) =>
        RunnerOf(podUid, container).Exec(command, new ProgramStreams(input, terminal));

    /// <inheritdoc/>
    public ContainerSession Attach(string podUid, string container) => RunnerOf(podUid, container).Attach();

    /// <inheritdoc/>
    public ValueTask<Socket> ConnectAsync(string podUid, int port, CancellationToken cancellationToken) =>
        _workers.GetValueOrDefault(podUid)?.ConnectAsync(port, cancellationToken) ?? throw new ContainerNotFoundException("");

    private ContainerRunner RunnerOf(string podUid, string container) =>
        _workers.GetValueOrDefault(podUid)?.Find(container) ?? throw new ContainerNotFoundException(container);

    private static NodeIdentity Identity(int number) => new(
        string.Create(CultureInfo.InvariantCulture, $"node-{number}"),
        number,
        // Two zones, so that locality can be seen to matter on one machine.
        number % 2 == 1 ? "zone-a" : "zone-b",
        new NodeRange(number));

    // Power fails at once and without a word; when it is back, the node finds in the API what it should run.
    private void TakePower(InformerChange<NodeResource> change)
    {
        var name = change.Object.Metadata.Name!;
        var off = change.New?.Metadata.Annotations?.GetValueOrDefault(PoweredOff) == "true";
        if (!_nodes.TryGetValue(name, out var node) || off == _off.ContainsKey(name))
        {
            return;
        }

        if (off)
        {
            _off[name] = true;
            foreach (var pod in _pods.Items.Where(pod => pod.Spec?.NodeName == name))
            {
                _workers.GetValueOrDefault(pod.Metadata.Uid!)?.Vanish();
            }
        }
        else
        {
            _off.TryRemove(name, out _);
            _ = ReturnAsync(node);
        }
    }

    private async Task ReturnAsync(NodeIdentity node)
    {
        try
        {
            await _leases[node.Name].SayAsync(CancellationToken.None);
            var patch = new JsonObject { ["status"] = new JsonObject { ["conditions"] = JsonSerializer.SerializeToNode(Conditions(_services.Clock.GetUtcNow()), ResourceJson.Options) } };
            await _services.Client.PatchAsync<NodeResource>(null, node.Name, PatchType.Merge, patch, "status", CancellationToken.None);
        }
        catch (Exception error) when (error is ApiException or HttpRequestException)
        {
            Log.LeaseFailed(_logger, node.Name, error.Message);
        }

        // Whoever was there before must be gone first.
        await Task.WhenAll(_pods.Items.Where(pod => pod.Spec?.NodeName == node.Name).Select(pod => _running.GetValueOrDefault(pod.Metadata.Uid!, Task.CompletedTask)));
        foreach (var pod in _pods.Items.Where(pod => pod.Spec?.NodeName == node.Name && (pod.Metadata.DeletionTimestamp is not null || pod.Status?.Phase is not ("Succeeded" or "Failed"))))
        {
            Take(pod, pod);
        }
    }

    private void Take(Pod? now, Pod pod)
    {
        if (pod.Spec?.NodeName is not { } name || !_nodes.TryGetValue(name, out var node) || pod.Metadata.Uid is not { } uid || _off.ContainsKey(name))
        {
            return;
        }

        if (now is null)
        {
            if (_workers.TryGetValue(uid, out var gone))
            {
                gone.Vanish();
            }

            return;
        }

        if (_workers.TryGetValue(uid, out var worker))
        {
            worker.Update(pod);
        }
        else
        {
            Start(node, pod, uid);
        }
    }

    private void TakeConfiguration(ResourceKind kind, ObjectMeta metadata)
    {
        foreach (var worker in _workers.Values)
        {
            worker.Update(kind, metadata);
        }
    }

    private void Start(NodeIdentity node, Pod pod, string uid)
    {
        var worker = new PodWorker(_services, node, pod);
        _workers[uid] = worker;
        worker.Update(pod);
        var running = Task.Run(async () =>
        {
            try
            {
                await worker.RunAsync();
            }
            catch (Exception error)
            {
                Log.WorkerEnded(_logger, pod.Metadata.Namespace, pod.Metadata.Name, error);
            }
            finally
            {
                _workers.TryRemove(uid, out _);
                worker.Dispose();
                _running.TryRemove(uid, out _);
            }
        });
        _running[uid] = running;
        if (running.IsCompleted)
        {
            _running.TryRemove(uid, out _);
        }
    }

    // The cluster ends: pods have nobody to report to afterwards, so they end first, without grace.
    private async Task EndAsync()
    {
        foreach (var worker in _workers.Values)
        {
            worker.Vanish();
        }

        await Task.WhenAny(Task.WhenAll(_running.Values), Task.Delay(EndPatience, _services.Clock));
    }

    private async Task RegisterAsync(NodeIdentity node, CancellationToken cancellationToken)
    {
        var now = _services.Clock.GetUtcNow();
        var capacity = new Dictionary<string, IntOrString>
        {
            ["cpu"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
            ["memory"] = $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024}Ki",
            ["pods"] = PodsPerNode.ToString(CultureInfo.InvariantCulture),
        };
        var created = await _services.Client.CreateAsync(
            new NodeResource
            {
                Metadata = new ObjectMeta
                {
                    Name = node.Name,
                    Labels = new Dictionary<string, string>
                    {
                        ["kubernetes.io/hostname"] = node.Name,
                        ["kubernetes.io/os"] = "linux",
                        ["kubernetes.io/arch"] = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64",
                        ["topology.kubernetes.io/region"] = "local",
                        ["topology.kubernetes.io/zone"] = node.Zone,
                    },
                },
                Spec = new NodeSpec { PodCidr = node.Range.Cidr, PodCidrs = [node.Range.Cidr] },
            },
            cancellationToken);
        await _services.Client.ReplaceStatusAsync(
            created with { Status = StatusOf(node, capacity, now) }, cancellationToken);
    }

    private static NodeStatus StatusOf(NodeIdentity node, Dictionary<string, IntOrString> capacity, DateTimeOffset now) => new()
    {
        Capacity = capacity,
        Allocatable = capacity,
        Addresses =
        [
            new NodeAddress { Type = "InternalIP", Address = node.Address },
            new NodeAddress { Type = "Hostname", Address = node.Name },
        ],
        Conditions = Conditions(now),
        NodeInfo = new NodeSystemInfo
        {
            KubeletVersion = KubeletVersion,
            KubeProxyVersion = "",
            OperatingSystem = "linux",
            Architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64",
            OsImage = RuntimeInformation.OSDescription,
            KernelVersion = Environment.OSVersion.Version.ToString(),
            ContainerRuntimeVersion = "host://1.0",
        },
    };

    private static Condition[] Conditions(DateTimeOffset now) =>
        [
            Condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available", now),
            Condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", now),
            Condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available", now),
            Condition("Ready", "True", "KubeletReady", "pods run as processes of this host in namespaces of their own; memory limits are watched once a second, processor limits are not enforced", now),
        ];

    private static Condition Condition(string type, string status, string reason, string message, DateTimeOffset now) => new()
    {
        Type = type,
        Status = status,
        Reason = reason,
        Message = message,
        LastHeartbeatTime = now,
        LastTransitionTime = now,
    };
}
