using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Translation;
using Mizzen.Mesh.Tests.Cases;
using Mizzen.Mesh.Tests.Checks;
using Mizzen.Mesh.Tests.Running;

namespace Mizzen.Mesh.Tests;

/// <summary>What the control plane makes of every case holds together, and the proxy takes every part of it.</summary>
public sealed class TranslationTests
{
    public static TheoryData<string> Cases => [.. CaseDirectory.Names];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_configuration_of_every_pod_holds_together(string name)
    {
        var mesh = CaseDirectory.Read(name).Mesh;
        var translator = new ProxyTranslator();
        Assert.All(mesh.Resources.Pods, pod =>
        {
            var view = CaseDirectory.ProxyOf(mesh, pod.Metadata.Name!);
            var resources = translator.Translate(mesh, view);
            Assert.Empty(new ConfigurationCheck(mesh, resources).Problems());
            Assert.True(RunningProxy.Compile(mesh, view, resources, new Names(mesh)).Snapshot().IsComplete);
        });
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Translating_again_gives_the_same(string name)
    {
        var mesh = CaseDirectory.Read(name).Mesh;
        var again = MeshSnapshot.Of(mesh.Resources);
        Assert.All(mesh.Resources.Pods, pod =>
        {
            var view = CaseDirectory.ProxyOf(mesh, pod.Metadata.Name!);
            var (one, other) = (new ProxyTranslator().Translate(mesh, view), new ProxyTranslator().Translate(again, view));
            Assert.Equal(one.Listeners, other.Listeners);
            Assert.Equal(one.Routes, other.Routes);
            Assert.Equal(one.Clusters, other.Clusters);
            Assert.Equal(one.Endpoints, other.Endpoints);
        });
    }
}
