using Envoy.Config.Core.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation;

/// <summary>The small messages that occur everywhere.</summary>
internal static class Messages
{
    public static Duration Zero => new();

    public static Duration Of(TimeSpan duration) => Duration.FromTimeSpan(duration);

    public static Any Pack(IMessage message) => Any.Pack(message);

    public static Address Address(string host, int port) => new() { SocketAddress = new SocketAddress { Address = host, PortValue = (uint)port } };

    public static CidrRange Range(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var address = slash < 0 ? text : text[..slash];
        var length = slash < 0 ? (address.Contains(':', StringComparison.Ordinal) ? 128u : 32u) : uint.Parse(text.AsSpan(slash + 1), System.Globalization.CultureInfo.InvariantCulture);
        return new CidrRange { AddressPrefix = address, PrefixLen = length };
    }

    public static ConfigSource Ads => new()
    {
        Ads = new AggregatedConfigSource(),
        InitialFetchTimeout = Zero,
        ResourceApiVersion = ApiVersion.V3,
    };

    /// <summary>Istio's <c>filter_metadata.istio</c>.</summary>
    public static Metadata Istio(params ReadOnlySpan<(string Key, Value Value)> fields)
    {
        var content = new Struct();
        foreach (var (key, value) in fields)
        {
            content.Fields.Add(key, value);
        }

        return new Metadata { FilterMetadata = { ["istio"] = content } };
    }

    /// <summary>Istio's <c>services</c>: whom the traffic is for.</summary>
    public static Value Services(params ReadOnlySpan<MeshService> services)
    {
        var list = new Value[services.Length];
        for (var i = 0; i < list.Length; i++)
        {
            var entry = new Struct();
            entry.Fields.Add("host", Value.ForString(services[i].Host));
            entry.Fields.Add("name", Value.ForString(NameOf(services[i])));
            entry.Fields.Add("namespace", Value.ForString(services[i].Namespace));
            list[i] = Value.ForStruct(entry);
        }

        return Value.ForList(list);
    }

    // A ServiceEntry's object may have any name: its hosts are what people know.
    private static string NameOf(MeshService service) => service.IsKubernetes ? service.Name : service.Host;
}
