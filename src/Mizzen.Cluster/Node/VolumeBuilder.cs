using System.Text;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Node;

/// <summary>Makes a pod's volumes: folders with files from ConfigMaps, Secrets, tokens and the pod's own facts.</summary>
internal sealed class VolumeBuilder(string folder, IConfigurationSource configuration, PodFacts facts, VolumeOwner owner)
{
    private const long DefaultTokenSeconds = 3600;

    // Octal 0777, as on every node.
    private const UnixFileMode EverybodysFolder = (UnixFileMode)511;

    private readonly Dictionary<ServiceAccountTokenProjection, byte[]> _tokens = [];

    /// <summary>The folder (or host path) of each volume by name. Called again, it brings files up to date.</summary>
    public async Task<IReadOnlyDictionary<string, string>> BuildAsync(Pod pod, CancellationToken cancellationToken)
    {
        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var volume in pod.Spec?.Volumes ?? [])
        {
            paths[volume.Name] = volume.HostPath is { } host ? HostPath(volume.Name, host) : await FolderAsync(pod, volume, cancellationToken);
        }

        return paths;
    }

    /// <summary>Lets the next build write new tokens, before the old ones run out.</summary>
    public void ForgetTokens() => _tokens.Clear();

    private async Task<string> FolderAsync(Pod pod, Volume volume, CancellationToken cancellationToken)
    {
        var target = Path.Combine(folder, "volumes", volume.Name);
        var isNew = !Directory.Exists(target);
        Directory.CreateDirectory(target);
        if (volume.EmptyDir is null)
        {
            AtomicFolder.Write(target, await FilesAsync(pod, volume, cancellationToken), owner);
        }
        else if (isNew)
        {
            File.SetUnixFileMode(target, EverybodysFolder);
            owner.Give(target, isReadOnly: false);
        }

        return target;
    }

    private async Task<VolumeFiles> FilesAsync(Pod pod, Volume volume, CancellationToken cancellationToken)
    {
        var files = new VolumeFiles();
        switch (volume)
        {
            case { ConfigMap: { } map }:
                await AddConfigMapAsync(files, pod, map, map.DefaultMode, cancellationToken);
                break;
            case { Secret: { } secret }:
                await AddSecretAsync(files, pod, secret.SecretName, secret.Items, secret.Optional ?? false, secret.DefaultMode, cancellationToken);
                break;
            case { DownwardApi: { } downward }:
                AddFacts(files, pod, downward, downward.DefaultMode);
                break;
            case { Projected: { } projected }:
                foreach (var source in projected.Sources ?? [])
                {
                    await ProjectAsync(files, pod, source, projected.DefaultMode, cancellationToken);
                }

                break;
            default:
                throw new NodeException(
                    $"volume {volume.Name}: this kind of volume is not supported; use emptyDir, configMap, secret, projected, downwardAPI or hostPath");
        }

        return files;
    }

    private async Task ProjectAsync(VolumeFiles files, Pod pod, VolumeProjection source, int? mode, CancellationToken cancellationToken)
    {
        switch (source)
        {
            case { ServiceAccountToken: { } token }:
                files.AddToken(token.Path, owner.TokenMode, await TokenAsync(pod, token, cancellationToken));
                break;
            case { ConfigMap: { } map }:
                await AddConfigMapAsync(files, pod, map, mode, cancellationToken);
                break;
            case { Secret: { } secret }:
                await AddSecretAsync(files, pod, secret.Name, secret.Items, secret.Optional ?? false, mode, cancellationToken);
                break;
            case { DownwardApi: { } downward }:
                AddFacts(files, pod, downward, mode);
                break;
            default:
                throw new NodeException("projected: this kind of source is not supported; use serviceAccountToken, configMap, secret or downwardAPI");
        }
    }

    private async Task AddConfigMapAsync(VolumeFiles files, Pod pod, ConfigMapVolumeSource map, int? mode, CancellationToken cancellationToken)
    {
        var values = await configuration.ConfigMapAsync(pod.Metadata.Namespace!, map.Name ?? "", map.Optional ?? false, cancellationToken);
        Add(files, $"configmap {map.Name}", map.Items, map.Optional ?? false, mode, values);
    }

    private async Task AddSecretAsync(
        VolumeFiles files, Pod pod, string? name, IReadOnlyList<KeyToPath>? items, bool optional, int? mode, CancellationToken cancellationToken)
    {
        var values = await configuration.SecretAsync(pod.Metadata.Namespace!, name ?? "", optional, cancellationToken);
        Add(files, $"secret {name}", items, optional, mode, values);
    }

    private async Task<byte[]> TokenAsync(Pod pod, ServiceAccountTokenProjection token, CancellationToken cancellationToken)
    {
        if (!_tokens.TryGetValue(token, out var value))
        {
            var text = await configuration.TokenAsync(pod, token.Audience, token.ExpirationSeconds ?? DefaultTokenSeconds, cancellationToken);
            _tokens[token] = value = Encoding.UTF8.GetBytes(text);
        }

        return value;
    }

    private void AddFacts(VolumeFiles files, Pod pod, DownwardApiVolumeSource downward, int? mode)
    {
        var environment = new ContainerEnvironment(pod, facts, configuration);
        foreach (var item in downward.Items ?? [])
        {
            files.Add(item.Path, item.Mode ?? mode, Encoding.UTF8.GetBytes(Fact(pod, environment, item) ?? ""));
        }
    }

    private static string? Fact(Pod pod, ContainerEnvironment environment, DownwardApiFile item) => item switch
    {
        { FieldRef: { } field } => environment.Field(field.FieldPath),
        { ResourceFieldRef: { } resource } => ContainerEnvironment.Resource(
            resource,
            (pod.Spec?.Containers ?? []).FirstOrDefault(container => container.Name == resource.ContainerName)
                ?? throw new NodeException($"resourceFieldRef: there is no container named {resource.ContainerName}")),
        _ => null,
    };

    private static void Add(
        VolumeFiles files, string source, IReadOnlyList<KeyToPath>? items, bool optional, int? mode, IReadOnlyDictionary<string, byte[]> values)
    {
        foreach (var item in items ?? [.. values.Keys.Select(key => new KeyToPath { Key = key, Path = key })])
        {
            if (values.TryGetValue(item.Key, out var value))
            {
                files.Add(item.Path, item.Mode ?? mode, value);
            }
            else if (!optional)
            {
                throw new NodeException($"{source} references non-existent config key: {item.Key}");
            }
        }
    }

    private static string HostPath(string volume, HostPathVolumeSource host)
    {
        if (host.Type is "DirectoryOrCreate")
        {
            Directory.CreateDirectory(host.Path);
        }

        return Path.Exists(host.Path) ? host.Path : throw new NodeException($"volume {volume}: this host has no {host.Path}");
    }
}
