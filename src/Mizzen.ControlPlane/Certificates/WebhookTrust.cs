using System.Text;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Resources.Admission;

namespace Mizzen.ControlPlane.Certificates;

/// <summary>
/// Writes the mesh's root into the webhook configurations that call this control plane, so that the API server trusts its certificate;
/// and turns validation from Ignore to Fail, now that somebody answers (as Istio does).
/// </summary>
internal sealed class WebhookTrust
{
    private readonly ResourceClient _client;
    private readonly string _ns;
    private readonly string _caBundle;
    private readonly Informer<MutatingWebhookConfiguration> _mutating;
    private readonly Informer<ValidatingWebhookConfiguration> _validating;
    private readonly ReconcileLoop<string> _mutatingLoop;
    private readonly ReconcileLoop<string> _validatingLoop;

    public WebhookTrust(ResourceClient client, string ns, string rootPem, ILogger logger, TimeProvider clock)
    {
        _client = client;
        _ns = ns;
        _caBundle = Convert.ToBase64String(Encoding.UTF8.GetBytes(rootPem));
        _mutating = new Informer<MutatingWebhookConfiguration>(client, null, null, logger, clock);
        _validating = new Informer<ValidatingWebhookConfiguration>(client, null, null, logger, clock);
        _mutatingLoop = new ReconcileLoop<string>("mutating webhooks", ReconcileMutatingAsync, logger, clock);
        _validatingLoop = new ReconcileLoop<string>("validating webhooks", ReconcileValidatingAsync, logger, clock);
        _mutating.Changed += change => _mutatingLoop.Queue.Add(change.Object.Metadata.Name!);
        _validating.Changed += change => _validatingLoop.Queue.Add(change.Object.Metadata.Name!);
    }

    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        _mutating.RunAsync(cancellationToken),
        _validating.RunAsync(cancellationToken),
        _mutatingLoop.RunAsync(cancellationToken),
        _validatingLoop.RunAsync(cancellationToken));

    private async Task ReconcileMutatingAsync(string name, CancellationToken cancellationToken)
    {
        if (_mutating.Find(null, name) is { } configuration && Trusting(configuration.Webhooks, mustFail: false) is { } webhooks)
        {
            await _client.ReplaceAsync(configuration with { Webhooks = webhooks }, cancellationToken);
        }
    }

    private async Task ReconcileValidatingAsync(string name, CancellationToken cancellationToken)
    {
        if (_validating.Find(null, name) is { } configuration && Trusting(configuration.Webhooks, mustFail: true) is { } webhooks)
        {
            await _client.ReplaceAsync(configuration with { Webhooks = webhooks }, cancellationToken);
        }
    }

    /// <summary>The webhooks as they should be; null when they are.</summary>
    private List<Webhook>? Trusting(IReadOnlyList<Webhook>? webhooks, bool mustFail)
    {
        var current = webhooks ?? [];
        var wanted = current.Select(webhook => IsOurs(webhook) ? Trusting(webhook, mustFail) : webhook).ToList();
        return wanted.Zip(current).All(pair => ReferenceEquals(pair.First, pair.Second)) ? null : wanted;
    }

    private Webhook Trusting(Webhook webhook, bool mustFail)
    {
        var policy = mustFail ? "Fail" : webhook.FailurePolicy;
        return webhook.ClientConfig!.CaBundle == _caBundle && webhook.FailurePolicy == policy
            ? webhook
            : webhook with { ClientConfig = webhook.ClientConfig with { CaBundle = _caBundle }, FailurePolicy = policy };
    }

    private bool IsOurs(Webhook webhook) =>
        webhook.ClientConfig?.Service is { } service && service.Namespace == _ns && service.Name is "istiod";
}
