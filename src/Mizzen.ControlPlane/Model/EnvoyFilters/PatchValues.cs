using System.Text.Json.Nodes;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Resources.Reading;

namespace Mizzen.ControlPlane.Model.EnvoyFilters;

/// <summary>Reads the value of a patch (protobuf JSON in Envoy's terms) as the message that it is a part of.</summary>
internal static class PatchValues
{
    private const string TypeField = "@type";
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithTypeRegistry(MessageTypes.Registry));

    /// <summary>The message; null after a problem. A problem's path begins with a dot, or is empty.</summary>
    public static IMessage? Read(PatchPlace place, JsonObject value, out IReadOnlyList<(string Path, string Text, string Fix)> problems)
    {
        var found = new List<(string, string, string)>();
        problems = found;
        var plain = Plain(value, "", found);
        if (found.Count > 0)
        {
            return null;
        }

        try
        {
            return Parser.Parse(plain!.ToJsonString(), DescriptorOf(place));
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or InvalidJsonException or InvalidOperationException or FormatException)
        {
            found.Add(("", $"is no {DescriptorOf(place).FullName} that this proxy can have: {error.Message}", "see Envoy's reference for its fields"));
            return null;
        }
    }

    /// <summary>Whether it is a filter that does not say what it is.</summary>
    public static bool IsFilterWithoutSettings(IMessage message) => message switch
    {
        Filter filter => filter.TypedConfig is null,
        HttpFilter filter => filter.TypedConfig is null,
        ListenerFilter filter => filter.TypedConfig is null,
        _ => false,
    };

    private static MessageDescriptor DescriptorOf(PatchPlace place) => place switch
    {
        PatchPlace.Listener => Listener.Descriptor,
        PatchPlace.ListenerFilter => ListenerFilter.Descriptor,
        PatchPlace.FilterChain => FilterChain.Descriptor,
        PatchPlace.NetworkFilter => Filter.Descriptor,
        PatchPlace.HttpFilter => HttpFilter.Descriptor,
        PatchPlace.RouteConfiguration => RouteConfiguration.Descriptor,
        PatchPlace.VirtualHost => VirtualHost.Descriptor,
        PatchPlace.HttpRoute => Route.Descriptor,
        PatchPlace.Cluster => Cluster.Descriptor,
        _ => throw new ArgumentOutOfRangeException(nameof(place), place, "no such place"),
    };

    /// <summary>The same without xDS' TypedStruct, which wraps a message of another type; types that are not known are problems.</summary>
    private static JsonNode? Plain(JsonNode? node, string path, List<(string, string, string)> problems)
    {
        switch (node)
        {
            case JsonArray list:
                return new JsonArray([.. list.Select((item, i) => Plain(item, $"{path}[{i}]", problems))]);
            case JsonObject fields when Any.GetTypeName(fields.Text(TypeField)) is "udpa.type.v1.TypedStruct" or "xds.type.v3.TypedStruct":
                return Plain(Unwrapped(fields), path, problems);
            case JsonObject fields:
                CheckType(fields, path, problems);
                return new JsonObject(fields.Select(field => KeyValuePair.Create(field.Key, Plain(field.Value, $"{path}.{field.Key}", problems))));
            default:
                return node?.DeepClone();
        }
    }

    private static JsonObject Unwrapped(JsonObject wrapper)
    {
        var inner = (wrapper["value"] as JsonObject)?.DeepClone().AsObject() ?? [];
        inner.Remove(TypeField);
        inner.Insert(0, TypeField, wrapper.Text("type_url") is { Length: > 0 } url ? url : wrapper.Text("typeUrl"));
        return inner;
    }

    private static void CheckType(JsonObject fields, string path, List<(string, string, string)> problems)
    {
        if (fields.ContainsKey(TypeField) && Any.GetTypeName(fields.Text(TypeField)) is var type && MessageTypes.Registry.Find(type) is null)
        {
            problems.Add(($"{path}.{TypeField}", $"this proxy has no {(type.Length == 0 ? fields.Text(TypeField) : type)}", "leave the patch away, or use what the guide to Istio's API names"));
        }
    }
}
