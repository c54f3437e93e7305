using System.Runtime.InteropServices;

namespace Mizzen.Cluster.Node;

/// <summary>
/// A folder whose files change all at once, as the kubelet's do: they are links through <c>..data</c>, itself a link to the folder with
/// the files of now. Readers see the old files or the new ones, never some of each; who watches, watches <c>..data</c>.
/// </summary>
internal static partial class AtomicFolder
{
    private const string Data = "..data";
    private const string NextData = "..data_tmp";

    /// <summary>Makes these files the folder's files; one that has them already is left alone.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Write(string folder, VolumeFiles files, VolumeOwner owner)
    {
        var data = new DirectoryInfo(Path.Combine(folder, Data));
        if (data.Exists && IsSame(data.FullName, files))
        {
            return;
        }

        var before = data.LinkTarget;
        var now = ".." + Path.GetRandomFileName();
        WriteAll(Path.Combine(folder, now), files, owner);
        Turn(folder, now);
        ShowOnly(folder, [.. files.Paths.Select(path => path.Split('/')[0]).Distinct()]);
        if (before is not null)
        {
            Directory.Delete(Path.Combine(folder, before), recursive: true);
        }

        owner.Give(folder, isReadOnly: true);
    }

    private static bool IsSame(string folder, VolumeFiles files)
    {
        var there = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path));
        return there.ToHashSet().SetEquals(files.Paths) && files.Paths.All(path => File.ReadAllBytes(Path.Combine(folder, path)).AsSpan().SequenceEqual(files[path].Value));
    }

    private static void WriteAll(string folder, VolumeFiles files, VolumeOwner owner)
    {
        Directory.CreateDirectory(folder);
        foreach (var path in files.Paths)
        {
            var file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, files[path].Value);
            File.SetUnixFileMode(file, files[path].Mode);
            if (files.IsToken(path))
            {
                owner.GiveToken(file);
            }
        }

        owner.Give(folder, isReadOnly: true);
    }

    // File.Move refuses links to folders.
    private static void Turn(string folder, string now)
    {
        var next = Path.Combine(folder, NextData);
        File.Delete(next);
        File.CreateSymbolicLink(next, now);
        if (rename(next, Path.Combine(folder, Data)) != 0)
        {
            throw new IOException($"rename {next}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    private static void ShowOnly(string folder, HashSet<string> names)
    {
        var shown = new DirectoryInfo(folder).EnumerateFileSystemInfos().Where(entry => !entry.Name.StartsWith("..", StringComparison.Ordinal)).Select(entry => entry.Name).ToHashSet();
        foreach (var gone in shown.Except(names))
        {
            File.Delete(Path.Combine(folder, gone));
        }

        foreach (var name in names.Except(shown))
        {
            File.CreateSymbolicLink(Path.Combine(folder, name), $"{Data}/{name}");
        }
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string from, string to);
}
