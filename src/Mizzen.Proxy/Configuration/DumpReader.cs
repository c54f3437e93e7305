using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Mizzen.Proxy.Configuration;

/// <summary>Reads a configuration back from a dump (<see cref="ConfigDump"/>, Envoy's <c>/config_dump</c>).</summary>
internal static class DumpReader
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithTypeRegistry(KnownTypes.Registry).WithIgnoreUnknownFields(true));

    /// <summary>Everything that the dump holds. What this proxy would refuse is refused here, too.</summary>
    /// <exception cref="InvalidDataException">The dump holds what cannot be read; the message names every problem.</exception>
    public static ResourceStore Read(Struct dump)
    {
        var store = new ResourceStore();
        var refusals = new List<string>();
        foreach (var section in dump.Fields.TryGetValue("configs", out var configs) ? configs.ListValue.Values : [])
        {
            foreach (var list in section.StructValue.Fields.Values.Where(value => value.KindCase == Value.KindOneofCase.ListValue))
            {
                foreach (var entry in list.ListValue.Values.Select(entry => entry.StructValue).OfType<Struct>())
                {
                    Put(store, entry, refusals);
                }
            }
        }

        // A dump holds no private keys: listeners that need one are taken as they are.
        foreach (var name in store.SecretNames.Concat(store.LocalSecretNames).ToList())
        {
            store.Remove(TypeUrls.Secret, name);
        }

        store.Received(TypeUrls.Cluster);
        store.Received(TypeUrls.Listener);
        return refusals.Count == 0 ? store : throw new InvalidDataException(string.Join("; ", refusals));
    }

    private static void Put(ResourceStore store, Struct entry, List<string> refusals)
    {
        var (typeUrl, name, resource) = entry switch
        {
            _ when Inside(entry, "cluster") is { } cluster => (TypeUrls.Cluster, "name", Parse<Cluster>(cluster)),
            _ when Inside(entry, "active_state", "listener") is { } listener => (TypeUrls.Listener, "name", Parse<Listener>(listener)),
            _ when Inside(entry, "route_config") is { } routes => (TypeUrls.RouteConfiguration, "name", Parse<RouteConfiguration>(routes)),
            _ when Inside(entry, "endpoint_config") is { } endpoints => (TypeUrls.ClusterLoadAssignment, "cluster_name", Parse<ClusterLoadAssignment>(endpoints)),
            _ => ("", "", null),
        };
        if (resource is not null && store.Put(typeUrl, name, Any.Pack(resource)) is { } refusal)
        {
            refusals.Add(refusal);
        }
    }

    private static IMessage Parse<T>(Struct json)
        where T : IMessage<T>, new()
    {
        _ = json.Fields.Remove("@type");
        try
        {
            return Parser.Parse<T>(json.ToString());
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new InvalidDataException($"{typeof(T).Name}: {error.Message}", error);
        }
    }

    private static Struct? Inside(Struct entry, params ReadOnlySpan<string> path)
    {
        var current = (Struct?)entry;
        foreach (var field in path)
        {
            current = current is not null && current.Fields.TryGetValue(field, out var value) ? value.StructValue : null;
        }

        return current;
    }
}
