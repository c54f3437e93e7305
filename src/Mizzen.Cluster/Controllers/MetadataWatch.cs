using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Resources;
using Mizzen.Resources.ApiExtensions;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers;

/// <summary>
/// The metadata of every object of every kind that the API serves: the built-in ones, and those of CustomResourceDefinitions as they
/// come and go. Garbage collection and the end of namespaces must know them all.
/// </summary>
internal sealed class MetadataWatch
{
    private readonly ResourceClient _client;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly IReadOnlyList<MetadataSource> _builtIn;
    private readonly Informer<CustomKind> _customKinds;
    private readonly ConcurrentDictionary<(string Group, string Kind), MetadataSource> _sources = new();
    private readonly ConcurrentDictionary<(string Group, string Kind), CancellationTokenSource> _running = new();
    private CancellationToken _stopping;

    /// <param name="client">The API.</param>
    /// <param name="typed">The kinds that somebody follows in full anyway.</param>
    /// <param name="logger">Told of interruptions.</param>
    /// <param name="clock">For pauses.</param>
    public MetadataWatch(ResourceClient client, IReadOnlyList<MetadataSource> typed, ILogger logger, TimeProvider clock)
    {
        _client = client;
        _logger = logger;
        _clock = clock;
        _customKinds = new Informer<CustomKind>(client, KindCatalog.Of<CustomResourceDefinition>(), null, null, logger, clock);
        var covered = typed.Select(source => source.Kind.ClrType).ToHashSet();
        _builtIn =
        [
            .. typed,
            MetadataSource.Of(_customKinds),
            .. KindCatalog.All.Where(kind => IsFollowed(kind) && !covered.Contains(kind.ClrType)).Select(Untyped),
        ];
        foreach (var source in _builtIn)
        {
            Add(source);
        }

        _customKinds.Changed += TakeKind;
    }

    /// <summary>Tells of every change, from the tasks of all informers; handlers must be quick and safe for that.</summary>
    public event Action<MetadataChange>? Changed;

    /// <summary>The kinds that are followed now.</summary>
    public IEnumerable<ResourceKind> Kinds => _sources.Values.Select(source => source.Kind);

    /// <summary>Every object that is known now.</summary>
    public IEnumerable<(ResourceKind Kind, ObjectMeta Metadata)> All =>
        _sources.Values.SelectMany(source => source.All().Select(metadata => (source.Kind, metadata)));

    /// <summary>The kind that an owner reference means, in whichever version; null when it is not served.</summary>
    public ResourceKind? KindOf(string apiVersion, string kind) =>
        _sources.TryGetValue((GroupOf(apiVersion), kind), out var source) ? source.Kind : null;

    public ObjectMeta? Find(ResourceKind kind, string? ns, string name) =>
        _sources.TryGetValue((kind.Group, kind.Kind), out var source) ? source.Find(kind.Namespaced ? ns : null, name) : null;

    public Task WaitForSyncAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_builtIn.Select(source => source.WaitForSyncAsync(cancellationToken)));

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _stopping = cancellationToken;
        await Task.WhenAll(_builtIn.Select(source => source.RunAsync(cancellationToken)));
    }

    // Events point at others, but are owned by none, and there are many of them. CustomResourceDefinitions are followed apart.
    private static bool IsFollowed(ResourceKind kind) =>
        kind.BuiltIn && kind.ClrType != typeof(Event) && kind.ClrType != typeof(CustomResourceDefinition);

    private static string GroupOf(string apiVersion) => apiVersion.Contains('/', StringComparison.Ordinal) ? apiVersion.Split('/')[0] : "";

    private MetadataSource Untyped(ResourceKind kind) =>
        MetadataSource.Of(new Informer<PartialObjectMetadata>(_client, kind, null, null, _logger, _clock));

    private void Add(MetadataSource source)
    {
        _sources[(source.Kind.Group, source.Kind.Kind)] = source;
        source.Subscribe(change => Changed?.Invoke(change));
    }

    private void TakeKind(InformerChange<CustomKind> change)
    {
        var key = (change.Object.Spec?.Group ?? "", change.Object.Spec?.Names?.Kind ?? "");
        if (change.New?.ToResourceKind() is { } kind)
        {
            Start(key, kind);
        }
        else if (_running.TryRemove(key, out var running))
        {
            running.Cancel();
            running.Dispose();
            _sources.TryRemove(key, out _);
        }
    }

    private void Start((string Group, string Kind) key, ResourceKind kind)
    {
        if (_running.ContainsKey(key))
        {
            return;
        }

        var running = CancellationTokenSource.CreateLinkedTokenSource(_stopping);
        _running[key] = running;
        var source = Untyped(kind);
        Add(source);
        _ = source.RunAsync(running.Token);
    }

    /// <summary>What matters here of a CustomResourceDefinition: not its schemas, which are large.</summary>
    private sealed record CustomKind : Resource
    {
        public CustomKindSpec? Spec { get; init; }

        public CustomKindStatus? Status { get; init; }

        /// <summary>The kind in its stored version; null until the API server has established it.</summary>
        public ResourceKind? ToResourceKind()
        {
            var established = (Status?.Conditions ?? []).Any(condition => condition is { Type: "Established", Status: "True" });
            var served = (Spec?.Versions ?? []).Where(version => version.Served).OrderByDescending(version => version.Storage).ToList();
            return established && served.Count > 0 && Spec is { Group: { } group, Names: { } names }
                ? new ResourceKind(
                    group, served[0].Name, [.. served.Select(version => version.Name)], names.Kind, names.Plural, names.Singular ?? "", [], [],
                    Spec.Scope != "Cluster", HasStatus: false, HasScale: false, BuiltIn: false, typeof(PartialObjectMetadata))
                : null;
        }
    }

    private sealed record CustomKindSpec
    {
        public string? Group { get; init; }

        public CustomResourceNames? Names { get; init; }

        public string? Scope { get; init; }

        public IReadOnlyList<CustomKindVersion>? Versions { get; init; }
    }

    private sealed record CustomKindVersion
    {
        public string Name { get; init; } = "";

        public bool Served { get; init; }

        public bool Storage { get; init; }
    }

    private sealed record CustomKindStatus
    {
        public IReadOnlyList<Condition>? Conditions { get; init; }
    }
}
