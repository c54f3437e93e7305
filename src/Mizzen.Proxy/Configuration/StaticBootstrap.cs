using System.Net;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Listener.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>
/// A configuration from a file, in the shape of Envoy's bootstrap: <c>{"static_resources": {"listeners": […], "clusters": […]}}</c> in
/// JSON or YAML. Unknown fields and types are refused by name.
/// </summary>
internal static class StaticBootstrap
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithTypeRegistry(KnownTypes.Registry));

    /// <summary>The fields of a bootstrap that are read; others would be ignored silently and are refused instead.</summary>
    private static readonly HashSet<string> Fields = ["static_resources", "admin", "node", "overload_manager"];

    /// <summary>Reads the file.</summary>
    /// <exception cref="InvalidDataException">The file is not a configuration; the message names every problem.</exception>
    public static BootstrapContent Read(string path)
    {
        var store = new ResourceStore();
        var refusals = new List<string>();
        IPEndPoint? admin = null;
        var overload = OverloadModel.None;
        try
        {
            var text = File.ReadAllText(path);
            var root = Parser.Parse<Struct>(IsJson(path, text) ? text : YamlText.ToJson(text));
            var resources = root.Fields.TryGetValue("static_resources", out var value) ? value.StructValue : null;
            if (resources is null)
            {
                throw new InvalidDataException("there are no static_resources");
            }

            refusals.AddRange(root.Fields.Keys.Where(field => !Fields.Contains(field)).Select(field => $"the field {field} is not supported: leave it out"));
            refusals.AddRange(resources.Fields.Keys.Where(field => field is not ("clusters" or "listeners" or "secrets")).Select(field => $"static_resources.{field} is not supported: leave it out"));
            admin = Admin(root, refusals);
            overload = Overload(root, refusals);
            Put<Secret>(resources, "secrets", TypeUrls.Secret, store, refusals);
            Put<Cluster>(resources, "clusters", TypeUrls.Cluster, store, refusals);
            Put<Listener>(resources, "listeners", TypeUrls.Listener, store, refusals);
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or InvalidJsonException or InvalidDataException)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }

        refusals.AddRange(store.SecretNames.Concat(store.LocalSecretNames).Where(name => !store.HasSecret(name))
            .Select(name => $"the secret {name} is asked for, but not among static_resources.secrets"));
        store.Received(TypeUrls.Cluster);
        store.Received(TypeUrls.Listener);
        return refusals.Count == 0 ? new BootstrapContent(store, admin, overload) : throw new InvalidDataException($"{path}: {string.Join("; ", refusals)}");
    }

    private static bool IsJson(string path, string text) => path.EndsWith(".json", StringComparison.Ordinal) || text.AsSpan().TrimStart().StartsWith("{");

    private static IPEndPoint? Admin(Struct root, List<string> refusals)
    {
        if (!root.Fields.TryGetValue("admin", out var admin) || admin.StructValue is not { } fields || !fields.Fields.TryGetValue("address", out var address))
        {
            return null;
        }

        var problems = new Problems();
        using var scope = problems.At("admin");
        var endpoint = Values.EndPoint(Parser.Parse<Envoy.Config.Core.V3.Address>(address.ToString()), problems);
        if (!problems.IsEmpty)
        {
            refusals.Add(problems.ToString());
        }

        return endpoint;
    }

    private static OverloadModel Overload(Struct root, List<string> refusals)
    {
        if (!root.Fields.TryGetValue("overload_manager", out var text))
        {
            return OverloadModel.None;
        }

        var problems = new Problems();
        var model = OverloadCompiler.Compile(Parser.Parse<Envoy.Config.Overload.V3.OverloadManager>(text.ToString()), problems);
        if (!problems.IsEmpty)
        {
            refusals.Add(problems.ToString());
        }

        return model;
    }

    private static void Put<T>(Struct resources, string field, string typeUrl, ResourceStore store, List<string> refusals)
        where T : class, IMessage<T>, new()
    {
        foreach (var item in resources.Fields.TryGetValue(field, out var list) ? list.ListValue.Values : [])
        {
            var message = Parser.Parse<T>(item.ToString());
            var name = item.StructValue.Fields.TryGetValue("name", out var value) ? value.StringValue : "(no name)";
            if (store.Put(typeUrl, name, Any.Pack(message)) is { } refusal)
            {
                refusals.Add($"{field}: {refusal}");
            }
        }
    }
}

/// <summary>What a file says.</summary>
/// <param name="Resources">The accepted resources.</param>
/// <param name="Admin">Where the admin pages are to be served; null for nowhere.</param>
/// <param name="Overload">What the process may take on.</param>
internal sealed record BootstrapContent(ResourceStore Resources, IPEndPoint? Admin, OverloadModel Overload);

/// <summary>The message types that may stand in an Any, for JSON.</summary>
internal static class KnownTypes
{
    public static TypeRegistry Registry { get; } = TypeRegistry.FromFiles(
        Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManagerReflection.Descriptor,
        Envoy.Extensions.Filters.Network.TcpProxy.V3.TcpProxyReflection.Descriptor,
        Envoy.Extensions.Filters.Udp.UdpProxy.V3.UdpProxyReflection.Descriptor,
        Envoy.Extensions.Filters.Http.Router.V3.RouterReflection.Descriptor,
        Envoy.Extensions.Filters.Http.Fault.V3.FaultReflection.Descriptor,
        Envoy.Extensions.Filters.Http.Cors.V3.CorsReflection.Descriptor,
        Envoy.Extensions.Filters.Http.GrpcWeb.V3.GrpcWebReflection.Descriptor,
        Envoy.Extensions.AccessLoggers.OpenTelemetry.V3.LogsServiceReflection.Descriptor,
        Envoy.Extensions.Filters.Http.Buffer.V3.BufferReflection.Descriptor,
        Envoy.Extensions.Filters.Http.Compressor.V3.CompressorReflection.Descriptor,
        Envoy.Extensions.Compression.Gzip.Compressor.V3.GzipReflection.Descriptor,
        Envoy.Extensions.Compression.Brotli.Compressor.V3.BrotliReflection.Descriptor,
        Envoy.Extensions.Filters.Http.ExtAuthz.V3.ExtAuthzReflection.Descriptor,
        Envoy.Extensions.Filters.Http.HeaderMutation.V3.HeaderMutationReflection.Descriptor,
        Envoy.Extensions.Filters.Http.LocalRatelimit.V3.LocalRateLimitReflection.Descriptor,
        Envoy.Extensions.Filters.Network.LocalRatelimit.V3.LocalRateLimitReflection.Descriptor,
        Envoy.Extensions.Filters.Network.ConnectionLimit.V3.ConnectionLimitReflection.Descriptor,
        Envoy.Extensions.ResourceMonitors.FixedHeap.V3.FixedHeapReflection.Descriptor,
        Envoy.Extensions.ResourceMonitors.DownstreamConnections.V3.DownstreamConnectionsReflection.Descriptor,
        Envoy.Extensions.Filters.Http.JwtAuthn.V3.ConfigReflection.Descriptor,
        Envoy.Extensions.Filters.Http.Rbac.V3.RbacReflection.Descriptor,
        Envoy.Extensions.Filters.Network.Rbac.V3.RbacReflection.Descriptor,
        Envoy.Extensions.Path.Match.UriTemplate.V3.UriTemplateMatchReflection.Descriptor,
        Envoy.Extensions.Filters.Listener.ProxyProtocol.V3.ProxyProtocolReflection.Descriptor,
        Envoy.Extensions.TransportSockets.ProxyProtocol.V3.UpstreamProxyProtocolReflection.Descriptor,
        Envoy.Extensions.TransportSockets.RawBuffer.V3.RawBufferReflection.Descriptor,
        Envoy.Extensions.Filters.Listener.HttpInspector.V3.HttpInspectorReflection.Descriptor,
        Envoy.Extensions.Filters.Listener.OriginalDst.V3.OriginalDstReflection.Descriptor,
        Envoy.Extensions.Filters.Listener.TlsInspector.V3.TlsInspectorReflection.Descriptor,
        Envoy.Extensions.AccessLoggers.File.V3.FileReflection.Descriptor,
        Envoy.Extensions.Upstreams.Http.V3.HttpProtocolOptionsReflection.Descriptor,
        Envoy.Extensions.Retry.Host.PreviousHosts.V3.PreviousHostsReflection.Descriptor,
        Envoy.Extensions.Retry.Priority.PreviousPriorities.V3.PreviousPrioritiesConfigReflection.Descriptor,
        TlsReflection.Descriptor,
        SecretReflection.Descriptor,
        Envoy.Config.Cluster.V3.ClusterReflection.Descriptor,
        Envoy.Config.Listener.V3.ListenerReflection.Descriptor,
        Envoy.Config.Route.V3.RouteReflection.Descriptor,
        Envoy.Config.Route.V3.RouteComponentsReflection.Descriptor,
        Envoy.Config.Endpoint.V3.EndpointReflection.Descriptor);
}
