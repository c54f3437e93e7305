using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Mizzen.Cluster.ApiServer;

/// <summary>What <c>/version</c> says: the release of Kubernetes whose API is served.</summary>
internal static class ServerVersion
{
    public const string Git = "v1.32.0";

    public static JsonObject Document { get; } = new()
    {
        ["major"] = "1",
        ["minor"] = "32",
        ["gitVersion"] = Git + "+mizzen",
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "1970-01-01T00:00:00Z",
        ["goVersion"] = "",
        ["compiler"] = ".NET " + Environment.Version,
        ["platform"] = "linux/" + (RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "amd64"),
    };
}
