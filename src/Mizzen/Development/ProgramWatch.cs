using Mizzen.Api;
using Mizzen.Client;
using Mizzen.Resources.Core;

namespace Mizzen.Development;

/// <summary>Follows the user's program in its pod: what it writes, when it answers, how it ends.</summary>
internal sealed class ProgramWatch(ResourceClient client, TextWriter output, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private Task? _log;
    private string? _told;

    /// <summary>Waits for the program's end and copies to standard output what it writes.</summary>
    /// <param name="pod">The pod as it was made.</param>
    /// <param name="ready">Called once, when the pod is ready for traffic.</param>
    /// <param name="cancellationToken">Ends the wait, not the program.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="UserErrorException">The program cannot be started, or somebody deleted the pod.</exception>
    public async Task<int> UntilEndAsync(Pod pod, Func<Task> ready, CancellationToken cancellationToken)
    {
        var container = pod.Metadata.Annotations!["kubectl.kubernetes.io/default-container"];
        for (var isReady = false; ; await Task.Delay(Pause, clock, cancellationToken))
        {
            var now = await client.FindAsync<Pod>(pod.Metadata.Namespace, pod.Metadata.Name!, cancellationToken)
                ?? throw new UserErrorException($"pod {pod.Metadata.Name} was deleted");
            var state = now.Status?.ContainerStatuses?.FirstOrDefault(status => status.Name == container)?.State;
            await TellAsync(now, state);
            if (state?.Running is not null || state?.Terminated is not null)
            {
                _log ??= CopyLogAsync(pod, container, cancellationToken);
            }

            if (state?.Terminated is { } end)
            {
                await _log!;
                return end.ExitCode;
            }

            if (!isReady && IsReady(now))
            {
                isReady = true;
                await ready();
            }
        }
    }

    private static bool IsReady(Pod pod) => pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true;

    private async Task TellAsync(Pod pod, ContainerState? state)
    {
        if (state?.Waiting is { Reason: "CreateContainerError" or "ErrImagePull" or "ImagePullBackOff" or "CreateContainerConfigError", Message: { } message })
        {
            throw new UserErrorException($"the program cannot be started: {message}");
        }

        var unscheduled = pod.Status?.Conditions?.FirstOrDefault(condition => condition is { Type: "PodScheduled", Status: "False" })?.Message;
        if (unscheduled is not null && unscheduled != _told)
        {
            _told = unscheduled;
            await output.WriteLineAsync($"mizzen: waiting for a node: {unscheduled}");
        }
    }

    private async Task CopyLogAsync(Pod pod, string container, CancellationToken cancellationToken)
    {
        var path = $"/api/v1/namespaces/{pod.Metadata.Namespace}/pods/{pod.Metadata.Name}/log?follow=true&container={Uri.EscapeDataString(container)}";
        using var response = await client.Http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await KubernetesApi.RequireSuccessAsync(response, cancellationToken);
        await using var log = await response.Content.ReadAsStreamAsync(cancellationToken);
        await using var console = Console.OpenStandardOutput();
        await log.CopyToAsync(console, cancellationToken);
    }
}
