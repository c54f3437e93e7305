using System.Text.Json.Nodes;
using Mizzen.Api;

namespace Mizzen.Demo;

/// <summary>Walks the steps of the sample from a clean start, and leaves the mesh healed.</summary>
internal sealed class Tour(KubernetesApi api, Uri gateway, TimeProvider clock, TextWriter output)
{
    /// <summary>Runs every step.</summary>
    /// <exception cref="UserErrorException">A step's effect did not show; the message names the step.</exception>
    public async Task WalkAsync(CancellationToken cancellationToken)
    {
        using var probe = new LoadProbe(gateway, clock);
        var guide = new TourGuide(api, probe, clock, output);
        await ResetAsync(guide, cancellationToken);
        foreach (var step in TourSteps.All)
        {
            await output.WriteLineAsync($"\n{step.Number}. {step.Title}");
            try
            {
                await step.RunAsync(guide, cancellationToken);
            }
            catch (UserErrorException error)
            {
                throw new UserErrorException($"step {step.Number} ({step.Title}): {error.Message}", error);
            }
        }
    }

    // The tour can be walked again: what its steps made is taken away, and the app and the mesh are as the demo started them.
    private async Task ResetAsync(TourGuide guide, CancellationToken cancellationToken)
    {
        foreach (var node in TimeSample.AllSteps().Where(IsMeshRule))
        {
            var kind = await api.KindOfAsync(node, cancellationToken);
            var (ns, name) = KubernetesApi.IdentityOf(node, kind, "default");
            await api.DeleteAsync(kind, ns, name, cancellationToken);
        }

        foreach (var node in TimeSample.App().Append(TimeSample.OpenMesh()))
        {
            await api.ApplyAsync(node, "default", cancellationToken);
        }

        await guide.UntilReadyAsync("backend-prod", cancellationToken);
        await guide.UntilAsync(answer => !answer.IsSuccess, "the gateway is closed", cancellationToken);
    }

    private static bool IsMeshRule(JsonObject node) =>
        ((string?)node["apiVersion"] ?? "").StartsWith("networking.istio.io/", StringComparison.Ordinal);
}
