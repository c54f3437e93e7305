using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.ApiServer.Strategies;
using Mizzen.Cluster.Patching;
using Mizzen.Cluster.Storage;
using Mizzen.Resources;
using Mizzen.Resources.Admission;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.ApiServer.Admission;

/// <summary>
/// Dynamic admission (<c>admissionregistration.k8s.io/v1</c>): mutating webhooks one after another, by the names of their
/// configurations; validating webhooks all at once.
/// </summary>
internal sealed class AdmissionWebhooks(ObjectStore store, KindRegistry kinds, WebhookCaller caller, MatchConditions conditions, ILogger logger)
{
    private static readonly ResourceName Mutating = new("admissionregistration.k8s.io", "mutatingwebhookconfigurations");
    private static readonly ResourceName Validating = new("admissionregistration.k8s.io", "validatingwebhookconfigurations");

    private readonly WebhookSource _mutating = new(store, Mutating);
    private readonly WebhookSource _validating = new(store, Validating);

    /// <summary>Lets webhooks change an object in place.</summary>
    /// <returns>Whether one did.</returns>
    /// <exception cref="StatusException">One refuses the request, or fails and must not.</exception>
    public async Task<bool> MutateAsync(AdmissionAttributes attributes, JsonObject node, JsonObject? old, CancellationToken cancellationToken)
    {
        var called = new List<(ConfiguredWebhook Webhook, string Version)>();
        var lastChange = -1;
        foreach (var (webhook, version) in Interested(_mutating, attributes, node, old))
        {
            // Selectors look at the object as the webhooks before have left it.
            if (IsAsked(webhook, version, attributes, node, old))
            {
                called.Add((webhook, version));
                lastChange = await MutateByAsync(webhook, version, attributes, node, old, cancellationToken) ? called.Count - 1 : lastChange;
            }
        }

        foreach (var (webhook, version) in called.Take(Math.Max(lastChange, 0)).Where(entry => entry.Webhook.IsReinvoked))
        {
            await MutateByAsync(webhook, version, attributes, node, old, cancellationToken);
        }

        return lastChange >= 0;
    }

    /// <summary>Lets webhooks refuse a request.</summary>
    /// <exception cref="StatusException">One does, or fails and must not.</exception>
    public async Task ValidateAsync(AdmissionAttributes attributes, JsonObject? node, JsonObject? old, CancellationToken cancellationToken)
    {
        var calls = Interested(_validating, attributes, node, old)
            .Where(entry => IsAsked(entry.Webhook, entry.Version, attributes, node, old))
            .Select(entry => AskAsync(entry.Webhook, entry.Version, attributes, node, old, cancellationToken));
        await Task.WhenAll(calls);
    }

    private bool IsAsked(ConfiguredWebhook webhook, string version, AdmissionAttributes attributes, JsonObject? node, JsonObject? old) =>
        webhook.Selects(attributes, node, old, NamespaceLabels(attributes)) && conditions.Hold(webhook, version, attributes, node, old);

    private async Task<bool> MutateByAsync(
        ConfiguredWebhook webhook, string version, AdmissionAttributes attributes, JsonObject node, JsonObject? old, CancellationToken cancellationToken)
    {
        var response = await AskAsync(webhook, version, attributes, node, old, cancellationToken);
        if (response?.Patch is not { Length: > 0 } patch)
        {
            return false;
        }

        try
        {
            var operations = RequestBody.ParseJson(Convert.FromBase64String(patch), []) as JsonArray ?? [];
            var before = node.DeepClone();
            var changed = JsonPatch.Apply(node.DeepClone(), operations) as JsonObject ?? throw new PatchException(422, "the patch leaves no object");
            ReplaceContent(node, changed);
            return !JsonNode.DeepEquals(before, node);
        }
        catch (Exception e) when (e is PatchException or FormatException or StatusException)
        {
            throw Errors.Internal($"admission webhook \"{webhook.Name}\" sent a patch that does not fit: {e.Message}");
        }
    }

    private async Task<AdmissionResponse?> AskAsync(
        ConfiguredWebhook webhook, string version, AdmissionAttributes attributes, JsonObject? node, JsonObject? old, CancellationToken cancellationToken)
    {
        AdmissionResponse response;
        try
        {
            var uid = Guid.NewGuid().ToString();
            response = await caller.CallAsync(webhook, attributes.ToReview(uid, version, node, old), uid, cancellationToken);
        }
        catch (WebhookFailure failure) when (webhook.IgnoresFailure)
        {
            Log.WebhookIgnored(logger, webhook.Name, failure.Message);
            return null;
        }
        catch (WebhookFailure failure)
        {
            throw Errors.Internal($"failed calling webhook \"{webhook.Name}\": failed to call webhook: {failure.Message}");
        }

        foreach (var warning in response.Warnings ?? [])
        {
            attributes.Warn(warning);
        }

        return response.Allowed ? response : throw Denied(webhook.Name, response.Status);
    }

    private static StatusException Denied(string webhook, Status? status)
    {
        var why = status?.Message is { Length: > 0 } message ? ": " + message : status?.Reason is { Length: > 0 } reason ? ": " + reason : " without explanation";
        return Errors.Refusal(
            Math.Max(status?.Code ?? 0, 400), status?.Reason ?? "", $"admission webhook \"{webhook}\" denied the request{why}", status?.Details);
    }

    // Webhooks are not asked about webhooks: a broken one could not be removed.
    private IEnumerable<(ConfiguredWebhook Webhook, string Version)> Interested(
        WebhookSource source, AdmissionAttributes attributes, JsonObject? node, JsonObject? old)
    {
        if ((node ?? old) is null || attributes.Kind.Storage == Mutating || attributes.Kind.Storage == Validating)
        {
            yield break;
        }

        string[]? versions = null;
        foreach (var webhook in source.Current)
        {
            versions ??= [.. kinds.Current.Kinds.Where(kind => kind.Storage == attributes.Kind.Storage && kind.Group == attributes.Kind.Group).Select(kind => kind.Version)];
            if (webhook.VersionFor(attributes, versions) is { } version)
            {
                yield return (webhook, version);
            }
        }
    }

    private IReadOnlyDictionary<string, string> NamespaceLabels(AdmissionAttributes attributes) =>
        store.Find(NamespaceStrategy.Resource, new ObjectKey("", attributes.Namespace))?.Labels ?? ImmutableDictionary<string, string>.Empty;

    private static void ReplaceContent(JsonObject node, JsonObject content)
    {
        node.Clear();
        foreach (var (name, value) in content)
        {
            node[name] = value?.DeepClone();
        }
    }

    /// <summary>The webhooks of all configurations of one kind, read anew when a configuration has changed.</summary>
    private sealed class WebhookSource(ObjectStore store, ResourceName resource)
    {
        private Tuple<ImmutableSortedDictionary<ObjectKey, StoredObject>, IReadOnlyList<ConfiguredWebhook>>? _read;

        public IReadOnlyList<ConfiguredWebhook> Current
        {
            get
            {
                var stored = store.Snapshot(resource).Objects;
                var read = _read;
                if (read is null || !ReferenceEquals(read.Item1, stored))
                {
                    read = Tuple.Create(stored, Read(stored.Values));
                    _read = read;
                }

                return read.Item2;
            }
        }

        private static IReadOnlyList<ConfiguredWebhook> Read(IEnumerable<StoredObject> configurations) =>
            [.. configurations.SelectMany(stored =>
                (ResourceJson.Deserialize<MutatingWebhookConfiguration>(stored.Json).Webhooks ?? []).Select(webhook => new ConfiguredWebhook(stored.Key.Name, webhook)))];
    }
}
