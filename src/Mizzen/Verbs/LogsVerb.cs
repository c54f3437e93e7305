using System.CommandLine;
using System.Globalization;
using Mizzen.Api;

namespace Mizzen.Verbs;

/// <summary><c>mizzen logs</c>: what a container of a pod has written.</summary>
internal static class LogsVerb
{
    public static Command Create()
    {
        var name = ClusterOptions.Name();
        var kubeconfig = ClusterOptions.Kubeconfig();
        var ns = ClusterOptions.Namespace();
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what is written next." };
        var container = new Option<string?>("--container", "-c") { Description = "The container; needed when the pod has several and none is the default.", HelpName = "NAME" };
        var tail = new Option<int?>("--tail") { Description = "Only the last lines.", HelpName = "LINES" };
        var previous = new Option<bool>("--previous", "-p") { Description = "The container's last run before this one." };
        var pod = new Argument<string>("POD") { Description = "The pod's name, or deploy/NAME for one of its pods." };
        var command = new Command("logs", "Print the log of a container") { pod, container, follow, tail, previous, ns, name, kubeconfig };
        command.SetAction(async (result, cancellationToken) =>
        {
            var api = ClusterConnection.Open(result.GetValue(kubeconfig), result.GetValue(name));
            var scope = result.GetValue(ns) ?? "default";
            var podName = await PodNameAsync(api, scope, result.GetValue(pod)!, cancellationToken);
            var query = new List<string> { "follow=" + (result.GetValue(follow) ? "true" : "false") };
            var chosen = result.GetValue(container) ?? await DefaultContainerAsync(api, scope, podName, cancellationToken);
            if (chosen is not null)
            {
                query.Add("container=" + Uri.EscapeDataString(chosen));
            }

            if (result.GetValue(tail) is { } lines)
            {
                query.Add("tailLines=" + lines.ToString(CultureInfo.InvariantCulture));
            }

            if (result.GetValue(previous))
            {
                query.Add("previous=true");
            }

            await CopyAsync(api.Http, $"/api/v1/namespaces/{scope}/pods/{podName}/log?{string.Join('&', query)}", cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<string> PodNameAsync(KubernetesApi api, string ns, string target, CancellationToken cancellationToken)
    {
        if (target.Split('/') is not [var kind, var owner])
        {
            return target;
        }

        var served = await api.KindCalledAsync(kind, cancellationToken);
        var node = await api.GetAsync(served.Path(ns, owner), cancellationToken);
        var labels = node["spec"]?["selector"]?["matchLabels"]?.AsObject().Select(label => $"{label.Key}={label.Value}") ?? [];
        var pods = await api.GetAsync(
            $"/api/v1/namespaces/{ns}/pods?labelSelector={Uri.EscapeDataString(string.Join(',', labels))}", cancellationToken);
        return (string?)pods["items"]?.AsArray().FirstOrDefault()?["metadata"]?["name"]
            ?? throw new UserErrorException($"{target} has no pod");
    }

    // The injector names the app's container, so that the proxy's log is not what people get who ask for the pod's.
    private static async Task<string?> DefaultContainerAsync(KubernetesApi api, string ns, string pod, CancellationToken cancellationToken)
    {
        var node = await api.GetAsync($"/api/v1/namespaces/{ns}/pods/{pod}", cancellationToken);
        return (string?)node["metadata"]?["annotations"]?["kubectl.kubernetes.io/default-container"];
    }

    private static async Task CopyAsync(HttpClient http, string path, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await KubernetesApi.RequireSuccessAsync(response, cancellationToken);
        await using var output = Console.OpenStandardOutput();
        await using var log = await response.Content.ReadAsStreamAsync(cancellationToken);
        await log.CopyToAsync(output, cancellationToken);
    }
}
