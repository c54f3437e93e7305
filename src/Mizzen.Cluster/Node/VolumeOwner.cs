using System.Runtime.InteropServices;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Node;

/// <summary>Whom a pod's volumes belong to, by the kubelet's rules: its <c>fsGroup</c>, and tokens to the one user that all containers are.</summary>
/// <param name="User">The owner of tokens; null: root.</param>
/// <param name="Group">The group of everything; null: root's.</param>
internal sealed partial record VolumeOwner(long? User, long? Group)
{
    private const UnixFileMode GroupReads = UnixFileMode.GroupRead;
    private const UnixFileMode GroupWrites = UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
    private const UnixFileMode Folder = UnixFileMode.SetGroup | UnixFileMode.GroupExecute | UnixFileMode.UserExecute;
    private const int OwnerOnly = 384;
    private const uint Same = uint.MaxValue;

    /// <summary>A token is for its owner and group alone when there are such; null: as everything else.</summary>
    public int? TokenMode => User is null && Group is null ? null : OwnerOnly;

    /// <summary>What of it can be done here.</summary>
    public static VolumeOwner Of(Pod pod, UserMap map)
    {
        Container[] containers = [.. pod.Spec?.InitContainers ?? [], .. pod.Spec?.Containers ?? []];
        long?[] users = [.. containers.Select(container => container.SecurityContext?.RunAsUser ?? pod.Spec?.SecurityContext?.RunAsUser).Distinct()];
        var group = pod.Spec?.SecurityContext?.FsGroup;
        return new VolumeOwner(
            users is [{ } user] && map.HasUser(user) ? user : null,
            group is { } number && map.HasGroup(number) ? group : null);
    }

    /// <summary>Gives a folder and all that is in it to the group.</summary>
    public void Give(string path, bool isReadOnly)
    {
        if (Group is not { } group)
        {
            return;
        }

        var grants = isReadOnly ? GroupReads : GroupWrites;
        foreach (var entry in new DirectoryInfo(path).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Append(new DirectoryInfo(path)))
        {
            Change(entry.FullName, Same, (uint)group);
            if (entry.LinkTarget is null)
            {
                entry.UnixFileMode |= entry is DirectoryInfo ? grants | Folder : grants;
            }
        }
    }

    /// <summary>Gives a token's file to the user.</summary>
    public void GiveToken(string file)
    {
        if (User is { } user)
        {
            Change(file, (uint)user, Same);
        }
    }

    private static void Change(string path, uint user, uint group)
    {
        if (lchown(path, user, group) != 0)
        {
            throw new IOException($"chown {path}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lchown(string path, uint user, uint group);
}
