using System.Text.Json.Nodes;
using Mizzen.Clusters;
using Mizzen.Manifests;

namespace Mizzen.Demo;

/// <summary>The files of <c>samples/time</c>, as they are shipped beside the program.</summary>
internal static class TimeSample
{
    /// <summary>The outside time service's name, as the backend calls it.</summary>
    public const string OutsideHost = "worldtime.example";

    /// <summary>The image that every tier of the sample runs.</summary>
    public const string Image = "mizzen/samples-time";

    public static IReadOnlyList<JsonObject> App() => ManifestFiles.Read(SelfProgram.File("samples", "time", "app.yaml"));

    /// <summary>The names of the app's Deployments, one for each version of each tier.</summary>
    public static IEnumerable<string> Deployments() =>
        App().Where(node => (string?)node["kind"] == "Deployment").Select(node => (string)node["metadata"]!["name"]!);

    public static IReadOnlyList<JsonObject> Step(string file) =>
        ManifestFiles.Read(SelfProgram.File("samples", "time", "steps", file));

    public static IEnumerable<JsonObject> AllSteps() => ManifestFiles.Read(SelfProgram.File("samples", "time", "steps"));

    /// <summary>The mesh as it is installed: whatever is not known may be called.</summary>
    public static JsonObject OpenMesh()
    {
        var node = Step("3a-registry-only.yaml")[0];
        var mesh = (string)node["data"]!["mesh"]!;
        node["data"]!["mesh"] = mesh.Replace("REGISTRY_ONLY", "ALLOW_ANY", StringComparison.Ordinal);
        return node;
    }
}
