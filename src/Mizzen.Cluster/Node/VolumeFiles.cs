namespace Mizzen.Cluster.Node;

/// <summary>What a volume shall hold: content and mode by relative path.</summary>
internal sealed class VolumeFiles
{
    // Octal 0644, as the API gives it.
    private const int DefaultMode = 420;

    private readonly Dictionary<string, (byte[] Value, UnixFileMode Mode)> _files = new(StringComparer.Ordinal);

    private readonly HashSet<string> _tokens = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Paths => _files.Keys;

    public (byte[] Value, UnixFileMode Mode) this[string path] => _files[path];

    /// <summary>Whether it is a token, which may have an owner of its own.</summary>
    public bool IsToken(string path) => _tokens.Contains(path);

    /// <inheritdoc cref="Add"/>
    public void AddToken(string path, int? mode, byte[] value)
    {
        Add(path, mode, value);
        _tokens.Add(string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries)));
    }

    /// <param name="path">Relative to the volume.</param>
    /// <param name="mode">Permission bits; null for 0644.</param>
    /// <param name="value">The content.</param>
    /// <exception cref="NodeException">The path leads out of the volume.</exception>
    public void Add(string path, int? mode, byte[] value)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0 || path[0] == '/' || parts.Contains("..") || parts[0].StartsWith("..", StringComparison.Ordinal))
        {
            throw new NodeException($"the path {path} leads out of its volume");
        }

        _files[string.Join('/', parts)] = (value, (UnixFileMode)(mode ?? DefaultMode));
    }
}
