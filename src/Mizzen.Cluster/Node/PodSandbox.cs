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
    private readonly VolumeBuilder _volumes;

    private PodSandbox(NodeServices services, NodeIdentity node, Pod pod)
    {
        _services = services;
        _node = node;
        _pod = pod;
        _folder = Path.Combine(services.PodsFolder, pod.Metadata.Uid!);
        Network = services.Network.Attach(node.Range);
        Facts = new PodFacts(Network.Address.ToString(), node.Address);
        Environment = new ContainerEnvironment(pod, Facts, services.Configuration);
        _volumes = new VolumeBuilder(_folder, services.Configuration, Facts, VolumeOwner.Of(pod, UserMap.Current));
    }

    public PodNetwork Network { get; }

    public PodFacts Facts { get; }

    public ContainerEnvironment Environment { get; }

    private string HostName => _pod.Spec?.Hostname ?? _pod.Metadata.Name!;

    private IReadOnlyDictionary<string, string> VolumePaths { get; set; } = new Dictionary<string, string>();

    /// <exception cref="Netlink.NetlinkException">The kernel refuses the pod's network.</exception>
    /// <exception cref="InvalidOperationException">The node has no address left.</exception>
    public static PodSandbox Create(NodeServices services, NodeIdentity node, Pod pod) => new(services, node, pod);

    /// <summary>Makes the pod's volumes, or brings them up to date.</summary>
    /// <param name="pod">The pod as it is now.</param>
    /// <param name="renewTokens">Whether tokens are written anew, too.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task BuildVolumesAsync(Pod pod, bool renewTokens, CancellationToken cancellationToken)
    {
        if (renewTokens)
        {
            _volumes.ForgetTokens();
        }

        VolumePaths = await _volumes.BuildAsync(pod, cancellationToken);
    }

    /// <summary>Everything that a run of a container needs.</summary>
    /// <exception cref="ContainerConfigException">What the container asks for contradicts itself, or something that it names is not there.</exception>
    public async Task<ContainerStart> PrepareAsync(Container container, int run, CancellationToken cancellationToken)
    {
        ContainerUser.RequireAllowed(_pod, container);
        var image = _services.Images.CommandOf(container.Image ?? "");
        var environment = await Environment.BuildAsync(container, cancellationToken);
        var command = container.Command is { Count: > 0 } own ? own : image;
        if (command.Count == 0)
        {
            throw new NodeException($"image {container.Image} stands for no program of its own: give container {container.Name} a command");
        }

        return new ContainerStart(
            [.. command.Concat(container.Args ?? []).Select(word => ContainerEnvironment.Expand(word, environment))],
            environment,
            container.WorkingDir ?? "/",
            HostName,
            EtcFiles(),
            [.. (container.VolumeMounts ?? []).Select(mount => MountOf(mount, environment))],
            Path.Combine(_folder, "containers", container.Name, run.ToString(CultureInfo.InvariantCulture)),
            new ProgramStreams(container.Stdin ?? false, container.Tty ?? false),
            ContainerUser.Of(_pod.Spec?.SecurityContext, container.SecurityContext));
    }

    /// <summary>Takes the network and the folder away.</summary>
    public void Remove()
    {
        _services.Network.Detach(Network, _node.Range);
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private MountRequest MountOf(VolumeMount mount, IReadOnlyDictionary<string, string> environment)
    {
        if (!VolumePaths.TryGetValue(mount.Name, out var source))
        {
            throw new NodeException($"volumeMounts: there is no volume named {mount.Name}");
        }

        var part = mount.SubPathExpr is { Length: > 0 } expression ? ContainerEnvironment.Expand(expression, environment) : mount.SubPath;
        return new MountRequest(part is { Length: > 0 } ? PartOf(source, part) : source, mount.MountPath, mount.ReadOnly ?? false);
    }

    private static string PartOf(string volume, string part)
    {
        var path = Path.GetFullPath(Path.Combine(volume, part));
        if (!path.StartsWith(volume.TrimEnd('/') + "/", StringComparison.Ordinal))
        {
            throw new NodeException($"subPath {part} leads out of its volume");
        }

        if (!Path.Exists(path))
        {
            Directory.CreateDirectory(path);
            File.SetUnixFileMode(path, File.GetUnixFileMode(volume));
        }

        return path;
    }

    private Dictionary<string, string> EtcFiles()
    {
        var aliases = (_pod.Spec?.HostAliases ?? []).Select(alias => $"{alias.Ip} {string.Join(' ', alias.Hostnames ?? [])}\n");
        var names = _pod.Spec?.Subdomain is { Length: > 0 } service ? $"{HostName}.{service}.{_pod.Metadata.Namespace}.svc.{ClusterZone.Domain} {HostName}" : HostName;
        return new Dictionary<string, string>
        {
            ["resolv.conf"] =
                $"search {_pod.Metadata.Namespace}.svc.{ClusterZone.Domain} svc.{ClusterZone.Domain} {ClusterZone.Domain}\n"
                + $"nameserver {ClusterNetwork.DnsAddress}\noptions ndots:5\n",
            ["hosts"] = $"127.0.0.1 localhost\n::1 localhost\n{Facts.PodAddress} {names}\n{string.Concat(aliases)}",
            ["hostname"] = HostName + "\n",
        };
    }
}
