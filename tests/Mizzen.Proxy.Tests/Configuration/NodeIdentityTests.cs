using Mizzen.Proxy.Configuration;

namespace Mizzen.Proxy.Tests.Configuration;

public sealed class NodeIdentityTests
{
    [Fact]
    public void The_environment_of_an_injected_pod_makes_the_node()
    {
        var variables = new Dictionary<string, string>
        {
            ["POD_NAME"] = "frontend-1",
            ["POD_NAMESPACE"] = "default",
            ["INSTANCE_IP"] = "10.244.1.7",
            ["SERVICE_ACCOUNT"] = "frontend",
            ["ISTIO_META_WORKLOAD_NAME"] = "frontend-prod",
            ["ISTIO_META_OWNER"] = "kubernetes://apis/apps/v1/namespaces/default/deployments/frontend-prod",
            ["ISTIO_META_CLUSTER_ID"] = "Kubernetes",
            ["ISTIO_META_DNS_CAPTURE"] = "true",
        };
        var node = NodeIdentity.FromEnvironment("sidecar", variables).ToNode();

        Assert.Equal("sidecar~10.244.1.7~frontend-1.default~default.svc.cluster.local", node.Id);
        Assert.Equal("frontend-prod.default", node.Cluster);
        Assert.Equal("frontend-prod", node.Metadata.Fields["WORKLOAD_NAME"].StringValue);
        Assert.Equal("frontend", node.Metadata.Fields["SERVICE_ACCOUNT"].StringValue);
        Assert.Equal("true", node.Metadata.Fields["DNS_CAPTURE"].StringValue);
    }

    [Fact]
    public void Labels_of_the_downward_API() => Assert.Equal(
        new Dictionary<string, string> { ["app"] = "a", ["service.istio.io/canonical-name"] = "b" },
        NodeIdentity.ReadLabels(["app=\"a\"", "service.istio.io/canonical-name=\"b\"", ""]));
}
