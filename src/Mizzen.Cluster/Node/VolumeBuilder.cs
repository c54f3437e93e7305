using System.Text;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Node;

/// <summary>Makes a pod's volumes: folders with files from ConfigMaps, Secrets, tokens and the pod's own facts.</summary>
internal sealed class VolumeBuilder(Pod pod, string folder, IConfigurationSource configuration, ContainerEnvironment facts)
{
    private const long DefaultTokenSeconds = 3600;

    // Octal 0644, as the API gives it.
    private const int DefaultMode = 420;

    /// <summary>The folder (or host path) of each volume by name.</summary>
    public async Task<IReadOnlyDictionary<string, string>> BuildAsync(CancellationToken cancellationToken)
    {
        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var volume in pod.Spec?.Volumes ?? [])
        {
            paths[volume.Name] = volume.HostPath is { } host ? HostPath(volume.Name, host) : await FolderAsync(volume, cancellationToken);
        }

        return paths;
    }

    /// <summary>Writes the tokens again, before they run out.</summary>
    public async Task RefreshTokensAsync(CancellationToken cancellationToken)
    {
        foreach (var volume in pod.Spec?.Volumes ?? [])
        {
            foreach (var token in (volume.Projected?.Sources ?? []).Select(source => source.ServiceAccountToken).OfType<ServiceAccountTokenProjection>())
            {
                await WriteTokenAsync(FolderOf(volume.Name), token, cancellationToken);
            }
        }
    }

    private async Task<string> FolderAsync(Volume volume, CancellationToken cancellationToken)
    {
        var target = Directory.CreateDirectory(FolderOf(volume.Name)).FullName;
        switch (volume)
        {
            case { EmptyDir: not null }:
                break;
            case { ConfigMap: { } map }:
                await WriteConfigMapAsync(target, map, map.DefaultMode, cancellationToken);
                break;
            case { Secret: { } secret }:
                await WriteSecretAsync(target, secret.SecretName, secret.Items, secret.Optional ?? false, secret.DefaultMode, cancellationToken);
                break;
            case { DownwardApi: { } downward }:
                WriteFacts(target, downward, downward.DefaultMode);
                break;
            case { Projected: { } projected }:
                foreach (var source in projected.Sources ?? [])
                {
                    await ProjectAsync(target, source, projected.DefaultMode, cancellationToken);
                }

                break;
            default:
                throw new NodeException(
                    $"volume {volume.Name}: this kind of volume is not supported; use emptyDir, configMap, secret, projected, downwardAPI or hostPath");
        }

        return target;
    }

    private async Task ProjectAsync(string target, VolumeProjection source, int? mode, CancellationToken cancellationToken)
    {
        switch (source)
        {
            case { ServiceAccountToken: { } token }:
                await WriteTokenAsync(target, token, cancellationToken);
                break;
            case { ConfigMap: { } map }:
                await WriteConfigMapAsync(target, map, mode, cancellationToken);
                break;
            case { Secret: { } secret }:
                await WriteSecretAsync(target, secret.Name, secret.Items, secret.Optional ?? false, mode, cancellationToken);
                break;
            case { DownwardApi: { } downward }:
                WriteFacts(target, downward, mode);
                break;
            default:
                throw new NodeException("projected: this kind of source is not supported; use serviceAccountToken, configMap, secret or downwardAPI");
        }
    }

    private async Task WriteConfigMapAsync(string target, ConfigMapVolumeSource map, int? mode, CancellationToken cancellationToken)
    {
        var values = await configuration.ConfigMapAsync(pod.Metadata.Namespace!, map.Name ?? "", map.Optional ?? false, cancellationToken);
        Write(target, $"configmap {map.Name}", map.Items, map.Optional ?? false, mode, values);
    }

    private async Task WriteSecretAsync(
        string target, string? name, IReadOnlyList<KeyToPath>? items, bool optional, int? mode, CancellationToken cancellationToken)
    {
        var values = await configuration.SecretAsync(pod.Metadata.Namespace!, name ?? "", optional, cancellationToken);
        Write(target, $"secret {name}", items, optional, mode, values);
    }

    private async Task WriteTokenAsync(string target, ServiceAccountTokenProjection token, CancellationToken cancellationToken)
    {
        var text = await configuration.TokenAsync(pod, token.Audience, token.ExpirationSeconds ?? DefaultTokenSeconds, cancellationToken);
        WriteFile(target, token.Path, null, Encoding.UTF8.GetBytes(text));
    }

    private void WriteFacts(string target, DownwardApiVolumeSource downward, int? mode)
    {
        foreach (var item in downward.Items ?? [])
        {
            WriteFile(target, item.Path, item.Mode ?? mode, Encoding.UTF8.GetBytes(Fact(item) ?? ""));
        }
    }

    private string? Fact(DownwardApiFile item) => item switch
    {
        { FieldRef: { } field } => facts.Field(field.FieldPath),
        { ResourceFieldRef: { } resource } => ContainerEnvironment.Resource(
            resource,
            (pod.Spec?.Containers ?? []).FirstOrDefault(container => container.Name == resource.ContainerName)
                ?? throw new NodeException($"resourceFieldRef: there is no container named {resource.ContainerName}")),
        _ => null,
    };

    private static void Write(
        string target, string source, IReadOnlyList<KeyToPath>? items, bool optional, int? mode, IReadOnlyDictionary<string, byte[]> values)
    {
        foreach (var item in items ?? [.. values.Keys.Select(key => new KeyToPath { Key = key, Path = key })])
        {
            if (values.TryGetValue(item.Key, out var value))
            {
                WriteFile(target, item.Path, item.Mode ?? mode, value);
            }
            else if (!optional)
            {
                throw new NodeException($"{source} references non-existent config key: {item.Key}");
            }
        }
    }

    // A reader sees the old file or the new one, never half of one.
    private static void WriteFile(string folder, string name, int? mode, byte[] value)
    {
        var path = Path.GetFullPath(Path.Combine(folder, name));
        if (!path.StartsWith(folder + "/", StringComparison.Ordinal))
        {
            throw new NodeException($"the path {name} leads out of its volume");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path + ".next", value);
        File.SetUnixFileMode(path + ".next", (UnixFileMode)(mode ?? DefaultMode));
        File.Move(path + ".next", path, overwrite: true);
    }

    private static string HostPath(string volume, HostPathVolumeSource host)
    {
        if (host.Type is "DirectoryOrCreate")
        {
            Directory.CreateDirectory(host.Path);
        }

        return Path.Exists(host.Path) ? host.Path : throw new NodeException($"volume {volume}: this host has no {host.Path}");
    }

    private string FolderOf(string volume) => Path.Combine(folder, "volumes", volume);
}
