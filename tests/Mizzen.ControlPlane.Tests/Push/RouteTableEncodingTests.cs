using System.Collections;
using Envoy.Config.Core.V3;
using Envoy.Config.Route.V3;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Mizzen.ControlPlane.Push;

namespace Mizzen.ControlPlane.Tests.Push;

public sealed class RouteTableEncodingTests
{
    private static readonly VirtualHost Reviews = new() { Name = "reviews", Domains = { "reviews", "reviews.default" } };

    [Fact]
    public void The_bytes_are_those_of_the_table_whatever_field_is_set()
    {
        var table = new RouteConfiguration
        {
            Name = "80",
            VirtualHosts = { Reviews, new VirtualHost { Name = new string('x', 70_000) } },
            ResponseHeadersToAdd = { new HeaderValueOption { Header = new HeaderValue { Key = "a", Value = "b" } } },
            ResponseHeadersToRemove = { "x-internal", "x-mesh" },
            RequestHeadersToAdd = { new HeaderValueOption { Header = new HeaderValue { Key = "c", Value = "d" } } },
            RequestHeadersToRemove = { "e" },
            ValidateClusters = false,
            MaxDirectResponseBodySizeBytes = 1_000_000,
            IgnorePortInHostMatching = true,
            TypedPerFilterConfig = { ["envoy.filters.http.fault"] = Any.Pack(new StringValue { Value = "f" }) },
            Metadata = new Metadata { FilterMetadata = { ["istio"] = new Struct() } },
        };

        Assert.All(RouteConfiguration.Descriptor.Fields.InFieldNumberOrder(), field => Assert.True(IsSet(field, table), $"{field.Name} is not in this test"));
        Assert.Equal(table, RouteConfiguration.Parser.ParseFrom(new RouteTableEncoding().Encode(table)));
    }

    [Fact]
    public void Tables_share_virtual_hosts_and_may_be_empty()
    {
        var encoding = new RouteTableEncoding();
        var one = new RouteConfiguration { Name = "80", VirtualHosts = { Reviews } };
        var other = new RouteConfiguration { Name = "81", VirtualHosts = { Reviews } };

        Assert.Equal(one.ToByteArray(), encoding.Encode(one));
        Assert.Equal(other.ToByteArray(), encoding.Encode(other));
        Assert.Empty(encoding.Encode(new RouteConfiguration()));
    }

    private static bool IsSet(FieldDescriptor field, RouteConfiguration table) => field.Accessor.GetValue(table) switch
    {
        ICollection values => values.Count > 0,
        bool value => field.HasPresence || value,
        var value => value is not null,
    };
}
