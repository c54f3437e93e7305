using Envoy.Config.Core.V3;
using Google.Protobuf.WellKnownTypes;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Push;

namespace Mizzen.ControlPlane.Tests.Push;

public sealed class NodeReaderTests
{
    [Theory]
    [InlineData("sidecar~10.0.0.1~web-1.shop~shop.svc.cluster.local", ProxyType.Sidecar, "web-1", "shop")]
    [InlineData("router~::1~gw.x.istio-system~istio-system.svc.cluster.local", ProxyType.Router, "gw.x", "istio-system")]
    public void The_id_tells_type_address_pod_and_namespace(string id, ProxyType type, string pod, string ns)
    {
        var view = NodeReader.Read(new Node { Id = id });
        Assert.Equal((type, pod, ns), (view.Type, view.Name, view.Namespace));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sidecar~10.0.0.1~web~d")]
    [InlineData("sidecar~here~web.shop~d")]
    [InlineData("ztunnel~10.0.0.1~web.shop~d")]
    [InlineData("a~b~c")]
    public void Anything_else_is_refused(string id) => Assert.Throws<FormatException>(() => NodeReader.Read(new Node { Id = id }));

    [Fact]
    public void Labels_come_from_the_metadata()
    {
        var labels = new Struct { Fields = { ["app"] = Value.ForString("web"), ["odd"] = Value.ForNumber(1) } };
        var view = NodeReader.Read(new Node { Id = "sidecar~10.0.0.1~web.shop~d", Metadata = new Struct { Fields = { ["LABELS"] = Value.ForStruct(labels) } } });
        Assert.Equal("web", Assert.Single(view.Labels).Value);
    }
}
