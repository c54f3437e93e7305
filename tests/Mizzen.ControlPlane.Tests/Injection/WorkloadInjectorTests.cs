using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Injection;
using Mizzen.Resources;
using Mizzen.Resources.Apps;

namespace Mizzen.ControlPlane.Tests.Injection;

public sealed class WorkloadInjectorTests
{
    private const string Deployment = """
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
         "spec": {"replicas": 2, "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "app"}]}}}}
        """;

    [Fact]
    public void The_pods_of_a_deployment_get_the_proxy_which_knows_the_deployment()
    {
        var template = ResourceJson.FromNode<Deployment>(Inject(Deployment)).Spec!.Template!;
        var proxy = template.Spec!.Containers!.Single(container => container.Name == "istio-proxy");
        Assert.Equal("kubernetes://apis/apps/v1/namespaces/shop/deployments/web", proxy.Env!.Single(variable => variable.Name == "ISTIO_META_OWNER").Value);
        Assert.Null(template.Metadata!.OwnerReferences);
        Assert.Equal("web", template.Metadata.Labels!["app"]);
    }

    [Theory]
    [InlineData("""{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {}}""")]
    [InlineData("""{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "broken"}}""")]
    public void What_makes_no_pods_stays(string json) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), Inject(json)));

    private static JsonObject Inject(string json) => WorkloadInjector.Inject(JsonNode.Parse(json)!.AsObject(), "shop", new InjectionSettings());
}
