using System.Globalization;
using Mizzen.Cluster.Dns;
using Mizzen.Cluster.Network;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Node;

/// <summary>What the containers of a pod share: network, names, volumes, and a folder in memory that goes with the pod.</summary>
internal sealed class PodSandbox
{
    private readonly NodeServices _services;
    private readonly NodeIdentity _node;
    private readonly Pod _pod;
    private readonly string _folder;

    private PodSandbox(NodeServices services, NodeIdentity node, Pod pod)
    {
        _services = services;
        _node = node;
        _pod = pod;
        _folder = Path.Combine(services.PodsFolder, pod.Metadata.Uid!);
        Network = services.Network.Attach(node.Range);
        Facts = new PodFacts(Network.Address.ToString(), node.Address);
        Environment = new ContainerEnvironment(pod, Facts, services.Configuration);
        Volumes = new VolumeBuilder(pod, _folder, services.Configuration, Environment);
    }

    public PodNetwork Network { get; }

    public PodFacts Facts { get; }

    public ContainerEnvironment Environment { get; }

    public VolumeBuilder Volumes { get; }

    private IReadOnlyDictionary<string, string> VolumePaths { get; set; } = new Dictionary<string, string>();

    public static PodSandbox Create(NodeServices services, NodeIdentity node, Pod pod) => new(services, node, pod);

    public async Task BuildVolumesAsync(CancellationToken cancellationToken) => VolumePaths = await Volumes.BuildAsync(cancellationToken);

    /// <summary>Everything that a run of a container needs.</summary>
    public async Task<ContainerStart> PrepareAsync(Container container, int run, CancellationToken cancellationToken)
    {
        var image = _services.Images.CommandOf(container.Image ?? "");
        var environment = await Environment.BuildAsync(container, cancellationToken);
        var command = container.Command is { Count: > 0 } own ? own : image;
        return new ContainerStart(
            [.. command.Concat(container.Args ?? []).Select(word => ContainerEnvironment.Expand(word, environment))],
            environment,
            container.WorkingDir ?? "/",
            EtcFiles(),
            [.. (container.VolumeMounts ?? []).Select(MountOf)],
            Path.Combine(_folder, "containers", container.Name, run.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>The same view for a command that runs beside a container, such as a probe.</summary>
    public async Task<ContainerStart> PrepareCommandAsync(Container container, IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        await PrepareAsync(container, 0, cancellationToken) with
        {
            Command = command,
            Scratch = Path.Combine(_folder, "commands", Guid.NewGuid().ToString("N")),
        };

    /// <summary>Takes the network and the folder away.</summary>
    public void Remove()
    {
        _services.Network.Detach(Network, _node.Range);
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private MountRequest MountOf(VolumeMount mount)
    {
        if (!VolumePaths.TryGetValue(mount.Name, out var source))
        {
            throw new NodeException($"volumeMounts: there is no volume named {mount.Name}");
        }

        if (mount.SubPath is { Length: > 0 } part)
        {
            source = Path.Combine(source, part);
            if (!Path.Exists(source))
            {
                Directory.CreateDirectory(source);
            }
        }

        return new MountRequest(source, mount.MountPath, mount.ReadOnly ?? false);
    }

    private Dictionary<string, string> EtcFiles()
    {
        var host = _pod.Spec?.Hostname ?? _pod.Metadata.Name;
        var aliases = (_pod.Spec?.HostAliases ?? []).Select(alias => $"{alias.Ip} {string.Join(' ', alias.Hostnames ?? [])}\n");
        return new Dictionary<string, string>
        {
            ["resolv.conf"] =
                $"search {_pod.Metadata.Namespace}.svc.{ClusterZone.Domain} svc.{ClusterZone.Domain} {ClusterZone.Domain}\n"
                + $"nameserver {ClusterNetwork.DnsAddress}\noptions ndots:5\n",
            ["hosts"] = $"127.0.0.1 localhost\n::1 localhost\n{Facts.PodAddress} {host}\n{string.Concat(aliases)}",
            ["hostname"] = host + "\n",
        };
    }
}
