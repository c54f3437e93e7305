using System.Collections;
using System.Text;
using Envoy.Config.Core.V3;
using Google.Protobuf;
using Mizzen.ControlPlane.Translation.Patching;
using Mizzen.Resources;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Verdicts;

/// <summary>
/// Finds the users' objects that an xDS resource was made from: Istio notes them in the metadata of routes and clusters
/// (<c>filter_metadata.istio.config: /apis/networking.istio.io/v1/namespaces/shop/virtual-service/reviews</c>); EnvoyFilters stand beside.
/// </summary>
internal static class OriginReader
{
    /// <summary>The objects, each once.</summary>
    public static IReadOnlyList<ResourceKey> Read(IMessage message)
    {
        var origins = new HashSet<string>(StringComparer.Ordinal);
        Collect(message, origins);
        return [.. origins.Order(StringComparer.Ordinal).Select(KeyOf).OfType<ResourceKey>()];
    }

    /// <summary>The object that a path in Istio's form names; null when it is none of the mesh's kinds.</summary>
    public static ResourceKey? KeyOf(string path)
    {
        if (path.Split('/') is not ["", "apis", var group, _, "namespaces", var ns, var kind, var name])
        {
            return null;
        }

        var found = KindCatalog.All.FirstOrDefault(candidate => candidate.Group == group && Dashed(candidate.Kind) == kind);
        return found is null ? null : new ResourceKey(group, found.Kind, ns, name);
    }

    private static void Collect(IMessage message, HashSet<string> origins)
    {
        if (message is Metadata metadata)
        {
            if (metadata.FilterMetadata.GetValueOrDefault("istio")?.Fields.GetValueOrDefault("config") is { HasStringValue: true } config)
            {
                origins.Add(config.StringValue);
            }

            var patches = metadata.FilterMetadata.GetValueOrDefault(Origins.Key)?.Fields.GetValueOrDefault(Origins.Field)?.ListValue;
            origins.UnionWith(patches?.Values.Select(path => path.StringValue) ?? []);

            return;
        }

        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            foreach (var child in Messages(field.Accessor.GetValue(message)))
            {
                Collect(child, origins);
            }
        }
    }

    private static IEnumerable<IMessage> Messages(object? value) => value switch
    {
        IMessage message => [message],
        IDictionary map => map.Values.OfType<IMessage>(),
        IEnumerable list and not string and not ByteString => list.OfType<IMessage>(),
        _ => [],
    };

    private static string Dashed(string kind)
    {
        var text = new StringBuilder();
        foreach (var letter in kind)
        {
            if (char.IsAsciiLetterUpper(letter) && text.Length > 0)
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }
}
