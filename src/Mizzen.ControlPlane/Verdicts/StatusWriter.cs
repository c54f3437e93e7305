using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.ControlPlane.Push;
using Mizzen.ControlPlane.Translation;
using Mizzen.Resources;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;
using Mizzen.Xds.Sessions;

namespace Mizzen.ControlPlane.Verdicts;

/// <summary>
/// Writes what is wrong with a user's object into its status. Only objects with something to say are read and written, only when it
/// differs from what they say, and bursts of changes are one round.
/// </summary>
internal sealed class StatusWriter
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly ResourceClient _client;
    private readonly ProxyConfiguration _configuration;
    private readonly ConnectionRegistry _registry;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private HashSet<ResourceKey> _spoken = [];

    public StatusWriter(ResourceClient client, ProxyConfiguration configuration, ConnectionRegistry registry, ILogger logger, TimeProvider clock)
    {
        _client = client;
        _configuration = configuration;
        _registry = registry;
        _logger = logger;
        _clock = clock;
        configuration.Changed += Wake;
        registry.RefusalsChanged += Wake;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var backoff = new Backoff(Quiet, LongestPause);
        try
        {
            while (await _signal.Reader.ReadAsync(cancellationToken))
            {
                await Task.Delay(Quiet, _clock, cancellationToken);
                if (await WriteAsync(cancellationToken))
                {
                    backoff.Reset();
                    continue;
                }

                await Task.Delay(backoff.Next(), _clock, cancellationToken);
                Wake();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            _configuration.Changed -= Wake;
            _registry.RefusalsChanged -= Wake;
        }
    }

    private void Wake() => _signal.Writer.TryWrite(true);

    /// <summary>One round; false when something could not be written and must be tried again.</summary>
    private async Task<bool> WriteAsync(CancellationToken cancellationToken)
    {
        var verdicts = Verdicts();
        var ok = true;
        foreach (var key in verdicts.Keys.Union(_spoken).Union(Unreconciled()).ToList())
        {
            try
            {
                await WriteAsync(key, verdicts.GetValueOrDefault(key, Verdict.Good), cancellationToken);
            }
            catch (Exception error) when (error is ApiException or HttpRequestException)
            {
                Log.NotWritten(_logger, key, error.Message);
                ok = false;
            }
        }

        _spoken = [.. verdicts.Keys];
        return ok;
    }

    private Dictionary<ResourceKey, Verdict> Verdicts()
    {
        var problems = _configuration.Snapshot.Problems.Where(problem => problem.Key is not null && KindOf(problem.Key) is not null).ToLookup(problem => problem.Key!);
        var refusals = Refusals().Distinct().ToLookup(refusal => refusal.Origin, refusal => refusal.Text);
        return problems.Select(group => group.Key).Union(refusals.Select(group => group.Key))
            .ToDictionary(key => key, key => new Verdict([.. problems[key]], [.. refusals[key].Order(StringComparer.Ordinal)]));
    }

    // A refusal names every resource of the push; those that are named in the proxy's words are meant.
    private IEnumerable<(ResourceKey Origin, string Text)> Refusals()
    {
        foreach (var group in _registry.Refusals().GroupBy(entry => entry.Proxy))
        {
            var resources = _configuration.ResourcesFor(group.Key.View);
            foreach (var (_, refusal) in group.Where(entry => entry.Refusal.Reason.Contains(entry.Refusal.Name, StringComparison.Ordinal)))
            {
                if (ByName(resources, refusal) is { } message)
                {
                    foreach (var origin in OriginReader.Read(message))
                    {
                        yield return (origin, $"proxies of namespace {group.Key.View.Namespace} refuse {ResourceTypes.ShortName(refusal.TypeUrl)} {refusal.Name}: {refusal.Reason}");
                    }
                }
            }
        }
    }

    private static IMessage? ByName(ProxyResources resources, Refusal refusal) => (refusal.TypeUrl switch
    {
        ResourceTypes.Cluster => resources.Clusters,
        ResourceTypes.Endpoints => resources.Endpoints,
        ResourceTypes.Listener => resources.Listeners,
        _ => resources.Routes,
    }).GetValueOrDefault(refusal.Name);

    /// <summary>Objects whose status still complains, perhaps since before this control plane was started.</summary>
    private IEnumerable<ResourceKey> Unreconciled()
    {
        var resources = _configuration.Snapshot.Resources;
        return Complaining(resources.VirtualServices, item => item.Status)
            .Concat(Complaining(resources.DestinationRules, item => item.Status))
            .Concat(Complaining(resources.ServiceEntries, item => new IstioStatus { Conditions = item.Status?.Conditions, ValidationMessages = item.Status?.ValidationMessages }))
            .Concat(Complaining(resources.Gateways, item => item.Status))
            .Concat(Complaining(resources.Sidecars, item => item.Status));
    }

    private static IEnumerable<ResourceKey> Complaining<T>(IReadOnlyList<T> items, Func<T, IstioStatus?> status)
        where T : Resource =>
        items
            .Where(item => status(item) is { } current
                && (current.ValidationMessages?.Count > 0 || current.Conditions?.Any(condition => condition is { Type: Verdict.Condition, Status: not "True" }) == true))
            .Select(item => new ResourceKey(KindCatalog.Of<T>().Group, KindCatalog.Of<T>().Kind, item.Metadata.Namespace, item.Metadata.Name!));

    private async Task WriteAsync(ResourceKey key, Verdict verdict, CancellationToken cancellationToken)
    {
        var path = new Uri(KindOf(key)!.Path(key.Namespace, key.Name), UriKind.Relative);
        using var found = await _client.Http.GetAsync(path, cancellationToken);
        if (found.StatusCode == HttpStatusCode.NotFound)
        {
            return;
        }

        await ResourceClient.RequireSuccessAsync(found, cancellationToken);
        var resource = JsonNode.Parse(await found.Content.ReadAsStringAsync(cancellationToken))!.AsObject();
        if (verdict.PatchFor(resource, _clock.GetUtcNow()) is not { } patch)
        {
            return;
        }

        using var body = new StringContent(patch.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/merge-patch+json"));
        using var answer = await _client.Http.PatchAsync(new Uri(path + "/status", UriKind.Relative), body, cancellationToken);
        if (answer.StatusCode != HttpStatusCode.NotFound)
        {
            await ResourceClient.RequireSuccessAsync(answer, cancellationToken);
            Log.Written(_logger, key, verdict.Problems.Count, verdict.Refusals.Count);
        }
    }

    private static ResourceKind? KindOf(ResourceKey key) =>
        KindCatalog.All.FirstOrDefault(kind => kind.Kind == key.Kind && kind.Group == key.Group && kind is { BuiltIn: false, HasStatus: true });
}
