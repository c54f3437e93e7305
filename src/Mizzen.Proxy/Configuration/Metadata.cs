using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>What Istio writes beside routes, clusters and endpoints (<c>filter_metadata</c>).</summary>
internal static class Metadata
{
    private static readonly KeyValuePair<string, string>[] MutualTls = [KeyValuePair.Create("tlsMode", "istio")];

    public static string? Text(Envoy.Config.Core.V3.Metadata? metadata, string filter, string key) =>
        Field(metadata, filter, key) is { KindCase: Value.KindOneofCase.StringValue } value ? value.StringValue : null;

    /// <summary>The first service of <c>istio.services</c>.</summary>
    public static ServiceIdentity Service(Envoy.Config.Core.V3.Metadata? metadata)
    {
        var list = Field(metadata, "istio", "services")?.ListValue;
        if (list is null || list.Values.Count == 0 || list.Values[0].StructValue is not { } service)
        {
            return ServiceIdentity.None;
        }

        string Of(string key) => service.Fields.TryGetValue(key, out var value) ? value.StringValue : "";
        return new ServiceIdentity(Of("host"), Of("name"), Of("namespace"));
    }

    /// <summary>All texts that a filter's metadata holds.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Texts(Envoy.Config.Core.V3.Metadata? metadata, string filter) =>
        metadata is not null && metadata.FilterMetadata.TryGetValue(filter, out var fields) ? Texts(fields) : [];

    /// <summary>All texts of a Struct. Endpoints of a mesh say the same, which is kept once.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Texts(Struct? fields)
    {
        List<KeyValuePair<string, string>> texts =
        [
            .. (fields?.Fields ?? []).Where(field => field.Value.KindCase == Value.KindOneofCase.StringValue).Select(field => KeyValuePair.Create(field.Key, field.Value.StringValue)),
        ];
        return texts.Count == 0 ? [] : texts.SequenceEqual(MutualTls) ? MutualTls : texts;
    }

    private static Value? Field(Envoy.Config.Core.V3.Metadata? metadata, string filter, string key) =>
        metadata is not null && metadata.FilterMetadata.TryGetValue(filter, out var fields) && fields.Fields.TryGetValue(key, out var value) ? value : null;
}
