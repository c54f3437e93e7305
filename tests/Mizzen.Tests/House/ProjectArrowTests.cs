using System.Xml.Linq;
using Mizzen.Testing;

namespace Mizzen.Tests.House;

/// <summary>Which project may reference which; the reasons stand in ARCHITECTURE.md.</summary>
public sealed class ProjectArrowTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Mizzen.Resources"] = [],
        ["Mizzen.Xds"] = [],
        ["Mizzen.Identity"] = [],
        ["Mizzen.Dns"] = [],
        ["Mizzen.Netlink"] = [],
        ["Mizzen.Telemetry"] = [],
        ["Mizzen.Client"] = ["Mizzen.Resources"],
        ["Mizzen.Cluster"] = ["Mizzen.Client", "Mizzen.Dns", "Mizzen.Identity", "Mizzen.Netlink", "Mizzen.Resources"],
        ["Mizzen.ControlPlane"] = ["Mizzen.Client", "Mizzen.Identity", "Mizzen.Resources", "Mizzen.Xds"],
        ["Mizzen.Proxy"] = ["Mizzen.Dns", "Mizzen.Identity", "Mizzen.Netlink", "Mizzen.Xds"],
        ["Mizzen"] = ["Mizzen.Client", "Mizzen.Cluster", "Mizzen.ControlPlane", "Mizzen.Identity", "Mizzen.Resources", "Mizzen.Telemetry"],
    };

    public static TheoryData<string> Projects =>
        [.. Directory.EnumerateDirectories(Repository.PathOf("src")).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_it_may(string project)
    {
        Assert.True(Allowed.ContainsKey(project), $"{project} is new: say here, and in ARCHITECTURE.md, what it may reference");
        var references = XDocument.Load(Repository.PathOf("src", project, project + ".csproj"))
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!));
        Assert.Empty(references.Except(Allowed[project]));
    }
}
