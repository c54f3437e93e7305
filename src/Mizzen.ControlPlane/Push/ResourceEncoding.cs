using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Envoy.Config.Route.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mizzen.ControlPlane.Translation;
using Mizzen.Xds.Sessions;

namespace Mizzen.ControlPlane.Push;

/// <summary>
/// Serializes each message once, however many proxies and snapshots share it, and makes its hash its version: equal content is never
/// sent twice, not even after the control plane was restarted. Safe for use by several threads.
/// </summary>
internal sealed class ResourceEncoding
{
    private const int VersionBytes = 8;

    private readonly RouteTableEncoding _routeTables = new();
    private readonly ConditionalWeakTable<IMessage, Resource> _resources = [];
    private readonly ConditionalWeakTable<IReadOnlyDictionary<string, IMessage>, TypedResources> _sets = [];

    public WantedResources Encode(ProxyResources resources) => new(new Dictionary<string, TypedResources>
    {
        [ResourceTypes.Cluster] = Encode(ResourceTypes.Cluster, resources.Clusters),
        [ResourceTypes.Endpoints] = Encode(ResourceTypes.Endpoints, resources.Endpoints),
        [ResourceTypes.Listener] = Encode(ResourceTypes.Listener, resources.Listeners),
        [ResourceTypes.Secret] = Encode(ResourceTypes.Secret, resources.Secrets),
        [ResourceTypes.Route] = Encode(ResourceTypes.Route, resources.Routes),
        [ResourceTypes.NameTable] = Encode(ResourceTypes.NameTable, resources.Names),
    });

    private TypedResources Encode(string typeUrl, IReadOnlyDictionary<string, IMessage> messages)
    {
        // An empty set may be shared between types, but has nothing that would tell them apart.
        if (!_sets.TryGetValue(messages, out var encoded))
        {
            encoded = messages is LayeredResources layers
                ? new TypedResources(EncodeEach(typeUrl, layers.Own), Encode(typeUrl, layers.Shared))
                : new TypedResources(EncodeEach(typeUrl, messages));
            _sets.AddOrUpdate(messages, encoded);
        }

        return encoded;
    }

    private Dictionary<string, Resource> EncodeEach(string typeUrl, IReadOnlyDictionary<string, IMessage> messages) =>
        messages.ToDictionary(message => message.Key, message => Encode(typeUrl, message.Key, message.Value), StringComparer.Ordinal);

    private Resource Encode(string typeUrl, string name, IMessage message)
    {
        if (_resources.TryGetValue(message, out var known) && known.Name == name)
        {
            return known;
        }

        var bytes = message is RouteConfiguration table ? _routeTables.Encode(table) : message.ToByteArray();
        var resource = new Resource
        {
            Name = name,
            Version = Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, VersionBytes)),
            Resource_ = new Any { TypeUrl = typeUrl, Value = UnsafeByteOperations.UnsafeWrap(bytes) },
        };
        _resources.AddOrUpdate(message, resource);
        return resource;
    }
}
