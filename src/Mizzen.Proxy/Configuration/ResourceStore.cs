using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tls;

namespace Mizzen.Proxy.Configuration;

/// <summary>
/// The accepted configuration, resource by resource, and the snapshot that it makes. A resource that cannot be used is refused by
/// itself: the one accepted before it keeps serving. Used by the control thread only.
/// </summary>
internal sealed class ResourceStore
{
    private readonly SortedDictionary<string, (Cluster Message, ClusterModel Model)> _clusters = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (ClusterLoadAssignment Message, IReadOnlyList<EndpointModel> Model)> _endpoints = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (Listener Message, ListenerModel Model)> _listeners = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (RouteConfiguration Message, RouteTable Model)> _routes = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (Secret Message, SecretModel Model)> _secrets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ListenerModel> _warm = new(StringComparer.Ordinal);
    private readonly TlsContexts _contexts = new();
    private readonly HashSet<(string TypeUrl, string Name)> _missing = [];
    private readonly Dictionary<string, IReadOnlyList<EndpointModel>> _resolved = new(StringComparer.Ordinal);
    private readonly Dictionary<(string TypeUrl, string Name), IReadOnlyList<string>> _files = [];
    private long _generation;
    private bool _clustersReceived;
    private bool _listenersReceived;

    /// <summary>The EDS names that the clusters ask for.</summary>
    public IReadOnlySet<string> EndpointNames =>
        _clusters.Values.Select(cluster => ClusterCompiler.EndpointsName(cluster.Message)).OfType<string>().ToHashSet(StringComparer.Ordinal);

    /// <summary>The RDS names that the listeners ask for.</summary>
    public IReadOnlySet<string> RouteNames => _listeners.Values
        .SelectMany(listener => listener.Model.Chains.Append(listener.Model.DefaultChain))
        .Select(chain => chain?.Http)
        .Where(http => http is { Routes: null, RouteName.Length: > 0 })
        .Select(http => http!.RouteName)
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>The SDS names that listeners and clusters ask the control plane for.</summary>
    public IReadOnlySet<string> SecretNames => ListenerSecrets.Concat(ClusterSecrets)
        .Where(secret => !secret.IsLocal).Select(secret => secret.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>The secrets that this process must make itself.</summary>
    public IReadOnlySet<string> LocalSecretNames => ListenerSecrets.Concat(ClusterSecrets)
        .Where(secret => secret.IsLocal).Select(secret => secret.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>The files that resources were read from, beside their messages.</summary>
    public IReadOnlySet<string> Files => _files.Values.SelectMany(static files => files).ToHashSet(StringComparer.Ordinal);

    public bool HasSecret(string name) => _secrets.ContainsKey(name);

    private IEnumerable<SecretReference> ListenerSecrets => _listeners.Values.SelectMany(listener => SecretsOf(listener.Model));

    private IEnumerable<SecretReference> ClusterSecrets =>
        _clusters.Values.SelectMany(cluster => cluster.Model.TlsMatches.Select(match => match.Tls).Append(cluster.Model.Tls)).SelectMany(tls => tls?.Spec.Secrets ?? []);

    /// <summary>The clusters whose endpoints are host names, for the resolver.</summary>
    public IEnumerable<Cluster> DnsClusters =>
        _clusters.Values.Where(cluster => cluster.Model.Discovery == DiscoveryKind.StrictDns).Select(cluster => cluster.Message);

    /// <summary>Every accepted message, for the configuration dump; private keys are left out.</summary>
    public IEnumerable<(string TypeUrl, string Name, IMessage Message)> Messages() =>
    [
        .. _clusters.Select(entry => (TypeUrls.Cluster, entry.Key, (IMessage)entry.Value.Message)),
        .. _endpoints.Select(entry => (TypeUrls.ClusterLoadAssignment, entry.Key, (IMessage)entry.Value.Message)),
        .. _listeners.Select(entry => (TypeUrls.Listener, entry.Key, (IMessage)entry.Value.Message)),
        .. _routes.Select(entry => (TypeUrls.RouteConfiguration, entry.Key, (IMessage)entry.Value.Message)),
        .. _secrets.Select(entry => (TypeUrls.Secret, entry.Key, (IMessage)WithoutKey(entry.Value.Message))),
    ];

    /// <summary>Takes one resource; the text says why it is refused, null that it is accepted.</summary>
    public string? Put(string typeUrl, string name, Any resource)
    {
        var problems = new Problems();
        switch (typeUrl)
        {
            case TypeUrls.Cluster when Values.Unpack<Cluster>(resource, name, problems) is { } cluster:
                Keep(_clusters, cluster.Name, cluster, ClusterCompiler.Compile(cluster, problems), problems);
                break;
            case TypeUrls.ClusterLoadAssignment when Values.Unpack<ClusterLoadAssignment>(resource, name, problems) is { } assignment:
                Keep(_endpoints, assignment.ClusterName, assignment, ClusterCompiler.Endpoints(assignment, problems), problems);
                break;
            case TypeUrls.Listener when Values.Unpack<Listener>(resource, name, problems) is { } listener:
                Keep(_listeners, listener.Name, listener, ListenerCompiler.Compile(listener, problems), problems);
                break;
            case TypeUrls.RouteConfiguration when Values.Unpack<RouteConfiguration>(resource, name, problems) is { } routes:
                Keep(_routes, routes.Name, routes, RouteCompiler.Compile(routes, problems), problems);
                break;
            case TypeUrls.Secret when Values.Unpack<Secret>(resource, name, problems) is { } secret:
                Keep(_secrets, secret.Name, secret, TlsCompiler.Secret(secret, problems), problems);
                break;
            default:
                problems.Add($"this proxy does not take resources of type {typeUrl}");
                break;
        }

        if (problems.IsEmpty)
        {
            NoteFiles(typeUrl, name, problems.Files);
        }

        return problems.IsEmpty ? null : $"{name}: {problems}";
    }

    /// <summary>Reads the resources again that were read from changed files; the texts say why some keep what they had.</summary>
    public IReadOnlyList<string> Reread(IReadOnlySet<string> changed) =>
    [
        .. _files.Where(entry => entry.Value.Any(changed.Contains)).Select(entry => entry.Key).ToList()
            .Select(key => Put(key.TypeUrl, key.Name, Any.Pack(MessageOf(key.TypeUrl, key.Name)))).OfType<string>(),
    ];

    /// <summary>Forgets one resource; a name that was asked for is known to be missing from now on.</summary>
    public void Remove(string typeUrl, string name)
    {
        _missing.Add((typeUrl, name));
        _ = _files.Remove((typeUrl, name));
        _ = typeUrl == TypeUrls.Listener && _warm.Remove(name);
        _ = typeUrl switch
        {
            TypeUrls.Cluster => _clusters.Remove(name),
            TypeUrls.ClusterLoadAssignment => _endpoints.Remove(name),
            TypeUrls.Listener => _listeners.Remove(name),
            TypeUrls.RouteConfiguration => _routes.Remove(name),
            TypeUrls.Secret => _secrets.Remove(name),
            _ => false,
        };
    }

    /// <summary>These secrets will never come.</summary>
    public bool Without(params ReadOnlySpan<string> secrets)
    {
        foreach (var name in secrets)
        {
            Remove(TypeUrls.Secret, name);
        }

        return true;
    }

    /// <summary>A response of this type has come: an empty mesh is configured, too.</summary>
    public void Received(string typeUrl)
    {
        _clustersReceived |= typeUrl == TypeUrls.Cluster;
        _listenersReceived |= typeUrl == TypeUrls.Listener;
    }

    /// <summary>What a host name of a cluster resolves to now; true when that is news.</summary>
    public bool Resolve(string cluster, IReadOnlyList<EndpointModel> endpoints)
    {
        if (_resolved.TryGetValue(cluster, out var old) && old.SequenceEqual(endpoints))
        {
            return false;
        }

        _resolved[cluster] = endpoints;
        return true;
    }

    /// <summary>The snapshot of everything accepted. Routes that have not come yet answer 404, endpoints that have not come yet are none.</summary>
    public ProxySnapshot Snapshot()
    {
        var complete = _clustersReceived && _listenersReceived
            && RouteNames.All(name => _routes.ContainsKey(name) || _missing.Contains((TypeUrls.RouteConfiguration, name)))
            && EndpointNames.All(name => _endpoints.ContainsKey(name) || _missing.Contains((TypeUrls.ClusterLoadAssignment, name)))
            && ListenerSecrets.Concat(ClusterSecrets).All(secret => !IsAwaited(secret));
        var snapshot = new ProxySnapshot(
            ++_generation,
            [.. _listeners.Values.Select(listener => Warm(listener.Model)).OfType<ListenerModel>().Select(WithRoutes)],
            [.. _clusters.Values.Select(cluster => WithTls(WithEndpoints(cluster.Message, cluster.Model)))],
            complete);
        _contexts.Sweep();
        return snapshot;
    }

    private void NoteFiles(string typeUrl, string name, List<string> files)
    {
        if (files.Count > 0)
        {
            _files[(typeUrl, name)] = files;
        }
        else
        {
            _ = _files.Remove((typeUrl, name));
        }
    }

    private IMessage MessageOf(string typeUrl, string name) => typeUrl switch
    {
        TypeUrls.Cluster => _clusters[name].Message,
        TypeUrls.Listener => _listeners[name].Message,
        TypeUrls.RouteConfiguration => _routes[name].Message,
        _ => _secrets[name].Message,
    };

    private static IEnumerable<SecretReference> SecretsOf(ListenerModel listener) =>
        listener.Chains.Append(listener.DefaultChain).SelectMany(chain => chain?.Tls?.Spec.Secrets ?? []);

    // Of the secrets that this process makes, only the workload's own are certain to come.
    private bool IsAwaited(SecretReference secret) => (!secret.IsLocal || secret.Name is LocalSecrets.Certificate or LocalSecrets.Roots) && !_secrets.ContainsKey(secret.Name) && !_missing.Contains((TypeUrls.Secret, secret.Name));

    // A listener whose secrets are still on their way is not served before they are there: its last version is, if there is one (Envoy's warming).
    private ListenerModel? Warm(ListenerModel listener)
    {
        if (SecretsOf(listener).Any(IsAwaited))
        {
            return _warm.GetValueOrDefault(listener.Name) is { } last ? WithTls(last) : null;
        }

        _warm[listener.Name] = listener;
        return WithTls(listener);
    }

    private ListenerModel WithTls(ListenerModel listener) => SecretsOrCertificates(listener)
        ? listener with { Chains = [.. listener.Chains.Select(WithTls)], DefaultChain = listener.DefaultChain is { } chain ? WithTls(chain) : null }
        : listener;

    private static bool SecretsOrCertificates(ListenerModel listener) => listener.Chains.Append(listener.DefaultChain).Any(chain => chain?.Tls is not null);

    private FilterChainModel WithTls(FilterChainModel chain) => chain.Tls is { } tls ? chain with { Tls = _contexts.Resolve(tls, FindSecret) } : chain;

    private ClusterModel WithTls(ClusterModel cluster) => cluster.Tls is null && cluster.TlsMatches.Count == 0
        ? cluster
        : cluster with { Tls = WithTls(cluster.Tls), TlsMatches = [.. cluster.TlsMatches.Select(match => match with { Tls = WithTls(match.Tls) })] };

    private ClientTls? WithTls(ClientTls? tls) => tls is null ? null : _contexts.Resolve(tls, FindSecret);

    private SecretModel? FindSecret(string name) => _secrets.GetValueOrDefault(name).Model;

    // What Envoy shows in place of a private key.
    private static Secret WithoutKey(Secret secret)
    {
        var shown = secret.Clone();
        if (shown.TlsCertificate?.PrivateKey is not null)
        {
            shown.TlsCertificate.PrivateKey = new Envoy.Config.Core.V3.DataSource { InlineString = "[redacted]" };
        }

        return shown;
    }

    private static void Keep<TMessage, TModel>(
        SortedDictionary<string, (TMessage, TModel)> store, string name, TMessage message, TModel? model, Problems problems)
    {
        if (problems.IsEmpty && model is not null)
        {
            store[name] = (message, model);
        }
    }

    private ClusterModel WithEndpoints(Cluster message, ClusterModel model) => model.Discovery switch
    {
        DiscoveryKind.Eds => model with { Endpoints = _endpoints.GetValueOrDefault(ClusterCompiler.EndpointsName(message)!).Model ?? [] },
        DiscoveryKind.StrictDns => model with { Endpoints = _resolved.GetValueOrDefault(message.Name) ?? [] },
        _ => model,
    };

    private ListenerModel WithRoutes(ListenerModel listener) => listener with
    {
        Chains = [.. listener.Chains.Select(WithRoutes)],
        DefaultChain = listener.DefaultChain is { } chain ? WithRoutes(chain) : null,
    };

    private FilterChainModel WithRoutes(FilterChainModel chain) =>
        chain.Http is { Routes: null } http ? chain with { Http = http with { Routes = _routes.GetValueOrDefault(http.RouteName).Model } } : chain;
}
