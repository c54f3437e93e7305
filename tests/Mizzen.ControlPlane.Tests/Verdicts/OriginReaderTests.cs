using Envoy.Config.Core.V3;
using Envoy.Config.Route.V3;
using Google.Protobuf.WellKnownTypes;
using Mizzen.ControlPlane.Verdicts;

namespace Mizzen.ControlPlane.Tests.Verdicts;

public sealed class OriginReaderTests
{
    [Theory]
    [InlineData("/apis/networking.istio.io/v1/namespaces/shop/virtual-service/reviews", "VirtualService shop/reviews")]
    [InlineData("/apis/networking.istio.io/v1alpha3/namespaces/shop/destination-rule/a.b", "DestinationRule shop/a.b")]
    [InlineData("/apis/networking.istio.io/v1/namespaces/shop/nonsense/a", null)]
    [InlineData("something else", null)]
    public void Istios_notes_name_objects(string note, string? key) => Assert.Equal(key, OriginReader.KeyOf(note)?.ToString());

    [Fact]
    public void Every_object_that_a_route_table_was_made_from_is_found_once()
    {
        var table = new RouteConfiguration { VirtualHosts = { new VirtualHost { Routes = { Note("a"), Note("b"), Note("a") } } } };
        Assert.Equal(["VirtualService shop/a", "VirtualService shop/b"], OriginReader.Read(table).Select(key => key.ToString()));
    }

    private static Route Note(string name)
    {
        var note = new Struct { Fields = { ["config"] = Value.ForString("/apis/networking.istio.io/v1/namespaces/shop/virtual-service/" + name) } };
        return new Route { Metadata = new Metadata { FilterMetadata = { ["istio"] = note } } };
    }
}
