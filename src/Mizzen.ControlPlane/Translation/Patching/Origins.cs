using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mizzen.ControlPlane.Model.EnvoyFilters;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Translation.Patching;

/// <summary>
/// Notes in a resource's metadata which EnvoyFilters have changed it (<c>filter_metadata.mizzen.envoy_filters</c>): for whoever reads the
/// configuration, and to tell whose fault it is when a proxy refuses it.
/// </summary>
internal static class Origins
{
    public const string Key = "mizzen";
    public const string Field = "envoy_filters";

    public static T Note<T>(T message, IEnumerable<EnvoyPatch> patches)
        where T : IMessage
    {
        var paths = patches.Select(patch => PathOf(patch.Key)).Distinct().Order(StringComparer.Ordinal).Select(Value.ForString).ToArray();
        MetadataOf(message).FilterMetadata[Key] = new Struct { Fields = { [Field] = Value.ForList(paths) } };
        return message;
    }

    private static string PathOf(ResourceKey key) => $"/apis/{key.Group}/v1alpha3/namespaces/{key.Namespace}/envoy-filter/{key.Name}";

    private static Metadata MetadataOf(IMessage message) => message switch
    {
        Listener listener => listener.Metadata ??= new Metadata(),
        RouteConfiguration table => table.Metadata ??= new Metadata(),
        Cluster cluster => cluster.Metadata ??= new Metadata(),
        _ => throw new ArgumentException($"{message.Descriptor.FullName} is not patched", nameof(message)),
    };
}
