using Mizzen.ControlPlane.Installation;
using Mizzen.Resources;
using Mizzen.Resources.Admission;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Tests.Installation;

public sealed class MeshInstallationTests
{
    private static readonly IReadOnlyList<Resource> Objects = MeshInstallation.Objects(new InstallOptions());

    [Fact]
    public void Every_object_is_of_a_known_kind_and_has_a_name() => Assert.All(Objects, resource =>
    {
        var kind = KindCatalog.All.Single(candidate => candidate.ClrType == resource.GetType());
        Assert.False(string.IsNullOrEmpty(resource.Metadata.Name));
        Assert.Equal(kind.Namespaced, resource.Metadata.Namespace is not null);
    });

    [Fact]
    public void No_object_comes_twice() =>
        Assert.Equal(Objects.Count, Objects.Select(resource => (resource.GetType(), resource.Metadata.Namespace, resource.Metadata.Name)).Distinct().Count());

    [Fact]
    public void Namespace_and_definitions_come_first_and_webhooks_last()
    {
        Assert.IsType<Namespace>(Objects[0]);
        Assert.Equal(["istio-sidecar-injector", "istio-validator-istio-system"], Objects.TakeLast(2).Select(resource => resource.Metadata.Name));
    }

    [Theory]
    [InlineData("istiod", "15010 15012 443>15017 15014")]
    [InlineData("istio-ingressgateway", "15021>15021 80>8080 443>8443")]
    public void A_service_has_Istios_ports(string name, string ports)
    {
        var service = Objects.OfType<Service>().Single(service => service.Metadata.Name == name);
        Assert.Equal(ports, string.Join(' ', service.Spec!.Ports!.Select(port => port.TargetPort is { } target ? $"{port.Port}>{target}" : $"{port.Port}")));
    }

    [Fact]
    public void Services_select_the_pods_of_their_deployments() => Assert.All(Objects.OfType<Deployment>(), deployment =>
    {
        var service = Objects.OfType<Service>().Single(service => service.Metadata.Name == deployment.Metadata.Name);
        var labels = deployment.Spec!.Template!.Metadata!.Labels!;
        Assert.True(new LabelSelector { MatchLabels = service.Spec!.Selector }.Matches(labels));
        Assert.True(deployment.Spec.Selector!.Matches(labels));
    });

    [Fact]
    public void A_minimal_mesh_has_no_gateway() =>
        Assert.DoesNotContain(MeshInstallation.Objects(new InstallOptions { IngressGateway = false }), resource => resource.Metadata.Name == "istio-ingressgateway");

    [Theory]
    [InlineData("istio-injection=enabled", "", "namespace")]
    [InlineData("istio-injection=enabled", "sidecar.istio.io/inject=true", "namespace")]
    [InlineData("istio-injection=enabled", "sidecar.istio.io/inject=false", "")]
    [InlineData("istio-injection=disabled", "sidecar.istio.io/inject=true", "")]
    [InlineData("", "", "")]
    [InlineData("", "sidecar.istio.io/inject=true", "object")]
    [InlineData("", "istio.io/rev=default", "rev.object")]
    [InlineData("istio.io/rev=default", "", "rev.namespace")]
    [InlineData("istio.io/rev=default", "sidecar.istio.io/inject=false", "")]
    [InlineData("istio.io/rev=canary", "", "")]
    public void At_most_one_webhook_injects_a_pod(string namespaceLabels, string podLabels, string webhook)
    {
        var injector = Objects.OfType<MutatingWebhookConfiguration>().Single();
        var called = injector.Webhooks!
            .Where(candidate => candidate.NamespaceSelector!.Matches(Labels(namespaceLabels)) && candidate.ObjectSelector!.Matches(Labels(podLabels)))
            .Select(candidate => candidate.Name.Replace(".sidecar-injector.istio.io", "", StringComparison.Ordinal));
        Assert.Equal(webhook, string.Join(' ', called));
    }

    private static Dictionary<string, string> Labels(string text) => text.Length == 0
        ? []
        : text.Split(' ').Select(label => label.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
}
