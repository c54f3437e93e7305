using System.Text;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Node;

/// <summary>Makes a pod's volumes: folders with files from ConfigMaps, Secrets, tokens and the pod's own facts.</summary>
internal sealed class VolumeBuilder(Pod pod, string folder, IConfigurationSource configuration, ContainerEnvironment facts)
{
    private const long DefaultTokenSeconds = 3600;

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
                await WriteConfigMapAsync(target, map, cancellationToken);
                break;
            case { Secret: { } secret }:
                Write(target, secret.Items, await configuration.SecretAsync(pod.Metadata.Namespace!, secret.SecretName ?? "", secret.Optional ?? false, cancellationToken));
                break;
            case { DownwardApi: { } downward }:
                WriteFacts(target, downward);
                break;
            case { Projected: { } projected }:
                foreach (var source in projected.Sources ?? [])
                {
                    await ProjectAsync(target, source, cancellationToken);
                }

                break;
            default:
                throw new NodeException(
                    $"volume {volume.Name}: this kind of volume is not supported; use emptyDir, configMap, secret, projected, downwardAPI or hostPath");
        }

        return target;
    }

    private async Task ProjectAsync(string target, VolumeProjection source, CancellationToken cancellationToken)
    {
        switch (source)
        {
            case { ServiceAccountToken: { } token }:
                await WriteTokenAsync(target, token, cancellationToken);
                break;
            case { ConfigMap: { } map }:
                await WriteConfigMapAsync(target, map, cancellationToken);
                break;
            case { Secret: { } secret }:
                Write(target, secret.Items, await configuration.SecretAsync(pod.Metadata.Namespace!, secret.Name ?? "", secret.Optional ?? false, cancellationToken));
                break;
            case { DownwardApi: { } downward }:
                WriteFacts(target, downward);
                break;
        }
    }

    private async Task WriteConfigMapAsync(string target, ConfigMapVolumeSource map, CancellationToken cancellationToken) =>
        Write(target, map.Items, await configuration.ConfigMapAsync(pod.Metadata.Namespace!, map.Name ?? "", map.Optional ?? false, cancellationToken));

    private async Task WriteTokenAsync(string target, ServiceAccountTokenProjection token, CancellationToken cancellationToken)
    {
        var text = await configuration.TokenAsync(pod, token.Audience, token.ExpirationSeconds ?? DefaultTokenSeconds, cancellationToken);
        WriteFile(target, token.Path, Encoding.UTF8.GetBytes(text));
    }

    private void WriteFacts(string target, DownwardApiVolumeSource downward)
    {
        foreach (var item in downward.Items ?? [])
        {
            WriteFile(target, item.Path, Encoding.UTF8.GetBytes(item.FieldRef is { } field ? facts.Field(field.FieldPath) ?? "" : ""));
        }
    }

    private static void Write(string target, IReadOnlyList<KeyToPath>? items, IReadOnlyDictionary<string, byte[]> values)
    {
        foreach (var (key, value) in values)
        {
            if (items is null)
            {
                WriteFile(target, key, value);
            }
            else if (items.FirstOrDefault(item => item.Key == key) is { } chosen)
            {
                WriteFile(target, chosen.Path, value);
            }
        }
    }

    // A reader sees the old file or the new one, never half of one.
    private static void WriteFile(string folder, string name, byte[] value)
    {
        var path = Path.GetFullPath(Path.Combine(folder, name));
        if (!path.StartsWith(folder + "/", StringComparison.Ordinal))
        {
            throw new NodeException($"the path {name} leads out of its volume");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path + ".next", value);
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
