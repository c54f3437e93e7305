using System.Text.Json;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Tests.Translation;
using Mizzen.Resources.Reading;
using Mizzen.Testing;

namespace Mizzen.Mesh.Tests.Cases;

/// <summary>
/// A directory below <c>cases</c>: what a user applies (<c>*.yaml</c>, on top of <c>cases/base.yaml</c>) and what must come of requests
/// (<c>rows.yaml</c>). A field in rows.yaml that is not known is an error.
/// </summary>
internal sealed class CaseDirectory
{
    private const string RowsFile = "rows.yaml";
    private static readonly string Root = Repository.PathOf("tests", "Mizzen.Mesh.Tests", "cases");
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    private CaseDirectory(string name)
    {
        Name = name;
        var folder = Path.Combine(Root, name);
        var files = Directory.GetFiles(folder, "*.yaml").Where(file => Path.GetFileName(file) != RowsFile).Order(StringComparer.Ordinal);
        Mesh = MeshOf.Yaml([File.ReadAllText(Path.Combine(Root, "base.yaml")), .. files.Select(File.ReadAllText).Select(Certificates.PutInto)]);
        var content = ResourceReader.ReadValue(File.ReadAllText(Path.Combine(folder, RowsFile)), $"{name}/{RowsFile}")!.Deserialize<RowsContent>(Json)!;
        Rows = content.Rows;
        BackendCertificates = content.Certificates;
        Silent = content.Silent.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Every case there is.</summary>
    public static IEnumerable<string> Names => Directory.GetDirectories(Root).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal);

    public string Name { get; }

    public MeshSnapshot Mesh { get; }

    public IReadOnlyList<Row> Rows { get; }

    /// <summary>Backends at whose addresses nobody listens.</summary>
    public IReadOnlySet<string> Silent { get; }

    /// <summary>What backends show to clients that speak TLS, by their names; others show one that nobody vouches for.</summary>
    public IReadOnlyDictionary<string, string> BackendCertificates { get; }

    public static CaseDirectory Read(string name) => new(name);

    /// <summary>The proxy of a pod; pods of gateways are told by their labels.</summary>
    public static ProxyView ProxyOf(MeshSnapshot mesh, string pod)
    {
        var labels = mesh.Resources.Pods.First(candidate => candidate.Metadata.Name!.StartsWith(pod, StringComparison.Ordinal)).Metadata.Labels;
        var isGateway = labels?.ContainsKey("istio") == true || labels?.ContainsKey("gateway.networking.k8s.io/gateway-name") == true;
        return MeshOf.Proxy(mesh, pod, isGateway ? ProxyType.Router : ProxyType.Sidecar);
    }

    private sealed record RowsContent
    {
        public required IReadOnlyList<Row> Rows { get; init; }

        public IReadOnlyList<string> Silent { get; init; } = [];

        public IReadOnlyDictionary<string, string> Certificates { get; init; } = new Dictionary<string, string>();
    }
}
