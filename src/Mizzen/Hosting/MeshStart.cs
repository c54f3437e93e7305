using Mizzen.Api;
using Mizzen.Clusters;
using Mizzen.ControlPlane.Installation;
using Mizzen.Demo;
using Mizzen.Manifests;
using Mizzen.Resources.Admission;
using Mizzen.Resources.Apps;
using Mizzen.Terminal;

namespace Mizzen.Hosting;

/// <summary>Installs the mesh into the cluster, as it would be installed into any, then what the user named, and waits until it answers.</summary>
internal sealed class MeshStart(ClusterPlatform platform, ClusterSettings settings, Progress progress, TimeProvider clock)
{
    private const string MeshNamespace = "istio-system";
    private const string Gateway = "istio-ingressgateway";
    private const string Istiod = "istiod";
    private const string Injector = "istio-sidecar-injector";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    private readonly KubernetesApi _api = new(platform.Client.Http);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await MeshInstallation.ApplyAsync(platform.Client, new InstallOptions(), clock, cancellationToken);
        await UntilAsync(IsInjectingAsync, $"the control plane is ready (see: mizzen logs -n {MeshNamespace} deployment/{Istiod})", cancellationToken);
        progress.Done("control plane (istiod) with sidecar injector");
        await ApplyManifestsAsync(cancellationToken);
        await UntilAvailableAsync(MeshNamespace, Gateway, cancellationToken);
        progress.Done($"ingress gateway at {platform.GatewayAddress}");
        if (settings.Demo)
        {
            await UntilDemoAnswersAsync(cancellationToken);
            progress.Done("time app behind the gateway");
        }
    }

    private async Task ApplyManifestsAsync(CancellationToken cancellationToken)
    {
        var sources = settings.Demo
            ? [.. TimeSample.App(), .. TimeSample.Step("2-gateway.yaml"), .. settings.Manifests.SelectMany(ManifestFiles.Read)]
            : settings.Manifests.SelectMany(ManifestFiles.Read).ToList();
        foreach (var node in sources)
        {
            var result = await _api.ApplyAsync(node, "default", cancellationToken);
            progress.Done(result.ToString());
        }
    }

    private async Task<bool> IsInjectingAsync(CancellationToken cancellationToken)
    {
        var injector = await platform.Client.FindAsync<MutatingWebhookConfiguration>(null, Injector, cancellationToken);
        return injector?.Webhooks?.All(webhook => !string.IsNullOrEmpty(webhook.ClientConfig?.CaBundle)) == true
            && await IsAvailableAsync(MeshNamespace, Istiod, cancellationToken);
    }

    private Task UntilAvailableAsync(string ns, string deployment, CancellationToken cancellationToken) => UntilAsync(
        token => IsAvailableAsync(ns, deployment, token), $"deployment {ns}/{deployment} is available (see: mizzen get pods -n {ns})", cancellationToken);

    private async Task<bool> IsAvailableAsync(string ns, string name, CancellationToken cancellationToken)
    {
        var deployment = await platform.Client.FindAsync<Deployment>(ns, name, cancellationToken);
        return deployment?.Status?.AvailableReplicas >= (deployment?.Spec?.Replicas ?? 1);
    }

    private async Task UntilDemoAnswersAsync(CancellationToken cancellationToken)
    {
        // A question that is asked too early would stand in the service graph as a failure for as long as the demo runs.
        foreach (var deployment in TimeSample.Deployments())
        {
            await UntilAvailableAsync("default", deployment, cancellationToken);
        }

        using var probe = new LoadProbe(platform.GatewayAddress, clock);
        await UntilAsync(
            async token => (await probe.AskAsync([], token)).IsSuccess, "the time app answers (see: mizzen get pods)", cancellationToken);
    }

    private async Task UntilAsync(Func<CancellationToken, Task<bool>> holds, string what, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        while (!await holds(cancellationToken))
        {
            if (clock.GetElapsedTime(start) > Patience)
            {
                throw new UserErrorException(FormattableString.Invariant($"not within {Patience.TotalSeconds:0} s: {what}"));
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
    }
}
