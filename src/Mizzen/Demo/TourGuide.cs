using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.Api;

namespace Mizzen.Demo;

/// <summary>What the steps of the tour do with the cluster: apply their files, wait until an effect shows, measure, and tell.</summary>
internal sealed class TourGuide(KubernetesApi api, LoadProbe probe, TimeProvider clock, TextWriter output)
{
    /// <summary>How many requests each share is measured over.</summary>
    public const int Requests = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly string[] NoHeaders = [];

    public KubernetesApi Api => api;

    public void Tell(string text) => output.WriteLine($"    {text}");

    /// <summary>Applies one of the step files as <c>kubectl apply -f</c> would.</summary>
    public async Task ApplyAsync(string file, CancellationToken cancellationToken)
    {
        output.WriteLine($"    $ kubectl apply -f samples/time/steps/{file}");
        foreach (var node in TimeSample.Step(file))
        {
            await api.ApplyAsync(node, "default", cancellationToken);
        }
    }

    public Task<Measurement> MeasureAsync(CancellationToken cancellationToken, params string[] headers) =>
        probe.MeasureAsync(Requests, headers, cancellationToken);

    public Task<Answer> AskAsync(CancellationToken cancellationToken, params string[] headers) =>
        probe.AskAsync(headers, cancellationToken);

    /// <summary>Asks until an answer fulfils the condition: a new configuration has reached every proxy on the way.</summary>
    /// <exception cref="UserErrorException">It did not within half a minute.</exception>
    public Task<Answer> UntilAsync(Func<Answer, bool> condition, string expected, CancellationToken cancellationToken) =>
        UntilAsync(condition, expected, NoHeaders, cancellationToken);

    /// <inheritdoc cref="UntilAsync(Func{Answer, bool}, string, CancellationToken)"/>
    public async Task<Answer> UntilAsync(Func<Answer, bool> condition, string expected, string[] headers, CancellationToken cancellationToken)
    {
        var answer = default(Answer);
        await UntilAsync(
            async () =>
            {
                answer = await probe.AskAsync(headers, cancellationToken);
                return condition(answer);
            },
            () => $"{expected}; the last answer was {answer.Status} {answer.Body.Trim()}",
            cancellationToken);
        return answer;
    }

    /// <summary>Measures small samples until one fulfils the condition.</summary>
    public Task UntilSampleAsync(int size, Func<Measurement, bool> condition, string expected, string[] headers, CancellationToken cancellationToken) =>
        UntilAsync(async () => condition(await probe.MeasureAsync(size, headers, cancellationToken)), () => expected, cancellationToken);

    /// <summary>Waits until the Deployment has all its replicas ready in the current generation.</summary>
    public Task UntilReadyAsync(string deployment, CancellationToken cancellationToken) =>
        UntilAsync(
            async () =>
            {
                var node = await api.GetAsync($"/apis/apps/v1/namespaces/default/deployments/{deployment}", cancellationToken);
                var wanted = (int?)node["spec"]?["replicas"] ?? 1;
                return (int?)node["status"]?["readyReplicas"] == wanted
                    && (int?)node["status"]?["updatedReplicas"] == wanted
                    && (int?)node["status"]?["replicas"] == wanted
                    && (long?)node["status"]?["observedGeneration"] >= (long?)node["metadata"]?["generation"];
            },
            () => $"every replica of {deployment} ready (see: kubectl describe deployment {deployment})",
            cancellationToken);

    /// <summary>The pods with a label, as the API server has them.</summary>
    public async Task<IReadOnlyList<JsonObject>> PodsAsync(string selector, CancellationToken cancellationToken)
    {
        var list = await api.GetAsync($"/api/v1/namespaces/default/pods?labelSelector={Uri.EscapeDataString(selector)}", cancellationToken);
        return [.. (list["items"] as JsonArray ?? []).OfType<JsonObject>()];
    }

    private async Task UntilAsync(Func<Task<bool>> holds, Func<string> expected, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        while (!await holds())
        {
            if (clock.GetElapsedTime(start) > Patience)
            {
                throw new UserErrorException(string.Create(
                    CultureInfo.InvariantCulture, $"not within {Patience.TotalSeconds:0} s: {expected()}"));
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
    }
}
