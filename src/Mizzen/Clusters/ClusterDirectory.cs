namespace Mizzen.Clusters;

/// <summary>
/// Where a local cluster keeps its files: <c>$MIZZEN_HOME/clusters/NAME</c>, by default below <c>~/.mizzen</c>.
/// Only its owner may look inside: it holds private keys.
/// </summary>
internal sealed class ClusterDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private ClusterDirectory(string path) => Path = path;

    public string Path { get; }

    public string RecordFile => In("cluster.json");

    public string LogFile => In("cluster.log");

    public string Kubeconfig => In("kubeconfig");

    public string Data => In("data");

    /// <summary>Where the cluster process talks to its own API server.</summary>
    public string ApiSocket => In("api.sock");

    public static string Home =>
        Environment.GetEnvironmentVariable("MIZZEN_HOME")
        ?? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".mizzen");

    /// <summary>The user's image map, shared by all clusters: what <c>mizzen image map</c> writes.</summary>
    public static string ImageMapFile => System.IO.Path.Combine(Home, "images.json");

    public static ClusterDirectory Of(ClusterName name) => new(System.IO.Path.Combine(Home, "clusters", name.Value));

    /// <summary>The directory that an earlier process of this start has made.</summary>
    public static ClusterDirectory At(string path) => new(path);

    public static IEnumerable<ClusterName> Existing()
    {
        var root = new DirectoryInfo(System.IO.Path.Combine(Home, "clusters"));
        foreach (var directory in root.Exists ? root.EnumerateDirectories() : [])
        {
            if (ClusterName.TryParse(directory.Name, out var name))
            {
                yield return name;
            }
        }
    }

    /// <summary>Starts from nothing: a local cluster is made anew by each <c>up</c>, so whatever an earlier run left is deleted.</summary>
    public void Recreate()
    {
        Delete();
        Directory.CreateDirectory(Path, OwnerOnly);
        Directory.CreateDirectory(Data, OwnerOnly);
    }

    public void Delete()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }

    private string In(string file) => System.IO.Path.Combine(Path, file);
}
