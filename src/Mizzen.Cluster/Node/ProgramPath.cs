namespace Mizzen.Cluster.Node;

/// <summary>Finds a container's program as exec does: by its path, or in the folders of the container's PATH.</summary>
internal static class ProgramPath
{
    private const string Default = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <exception cref="NodeException">There is no such program, or it is no program.</exception>
    public static string Find(string name, string? searchPath)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return !File.Exists(name)
                ? throw new NodeException($"exec: \"{name}\": {(Directory.Exists(name) ? "is a directory" : "stat " + name + ": no such file or directory")}")
                : IsExecutable(name) ? name : throw new NodeException($"exec: \"{name}\": permission denied");
        }

        return (searchPath is { Length: > 0 } ? searchPath : Default).Split(':')
            .Select(folder => Path.Combine(folder.Length == 0 ? "." : folder, name))
            .FirstOrDefault(file => File.Exists(file) && IsExecutable(file))
            ?? throw new NodeException($"exec: \"{name}\": executable file not found in $PATH");
    }

    private static bool IsExecutable(string file) => (File.GetUnixFileMode(file) & Executable) != 0;
}
