using System.CommandLine;
using System.Globalization;
using Mizzen.Api;
using Mizzen.Clusters;
using Mizzen.Explaining;
using Mizzen.Inspection;
using Mizzen.Manifests;
using Mizzen.Pods;
using Mizzen.Resources.Fields;
using Mizzen.Terminal;

namespace Mizzen.Verbs;

/// <summary><c>mizzen diff -f</c>: whose configuration files would change and how, before they are applied; and what would have become of the last requests.</summary>
internal sealed class DiffVerb
{
    private readonly Option<string[]> _files = new("--filename", "-f") { Description = "YAML or JSON: files, folders, or - for standard input.", HelpName = "PATH", Required = true, AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> _replay = new("--replay") { Description = "Also send the requests of the last time (10m, 1h) through both configurations; headers that the access log does not tell are missing then.", HelpName = "TIME" };
    private readonly Option<string> _format = new Option<string>("--output", "-o") { Description = "text or json.", DefaultValueFactory = _ => "text" }.AcceptOnlyFromAmong("text", "json");
    private readonly Option<string?> _namespace = ClusterOptions.Namespace();
    private readonly Option<string> _istio = ClusterOptions.IstioNamespace();
    private readonly Option<ClusterName> _name = ClusterOptions.Name();
    private readonly Option<string?> _kubeconfig = ClusterOptions.Kubeconfig();

    public static Command Create()
    {
        var verb = new DiffVerb();
        var command = new VerbCommand(
            "diff",
            "Say what files would change for whom, before they are applied",
            """
            mizzen diff -f reviews.yaml
            mizzen diff -f k8s/ --replay 10m      how many of the last requests would have gone elsewhere or failed
            """)
        { verb._files, verb._replay, verb._format, verb._namespace, verb._istio, verb._name, verb._kubeconfig };
        command.SetAction(verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        var documents = ManifestFiles.ReadDocuments(result.GetValue(_files) ?? []);
        var window = Window(result.GetValue(_replay));
        var api = ClusterConnection.Open(result.GetValue(_kubeconfig), result.GetValue(_name));
        var live = new ObjectSet();
        live.Add((await LiveObjects.ReadAsync(api, cancellationToken)).Objects);
        var changed = live.Copy();
        changed.Apply(documents, result.GetValue(_namespace) ?? "default");
        var (before, after) = (MeshAtHand.Of(live, result.GetValue(_istio)!), MeshAtHand.Of(changed, result.GetValue(_istio)!));
        var proxies = new List<ChangedProxy>();
        foreach (var pod in (await PodName.AllAsync(api, cancellationToken)).Where(pod => pod.HasRunningProxy))
        {
            var (old, now) = (before.DumpOf(pod), after.DumpOf(pod));
            var changes = ProxyFacts.Changes(ProxyFacts.Of(old), ProxyFacts.Of(now)).ToList();
            if (changes.Count > 0)
            {
                var replayed = window is { } time ? await ReplayAsync(api, pod, time, old, now, cancellationToken) : null;
                proxies.Add(new ChangedProxy(pod.ToString(), changes, replayed));
            }
        }

        var refused = after.Refused.Where(problem => problem.Source is not null).Select(FindingText.Line).ToList();
        Console.Write(result.GetValue(_format) == "json" ? Json.Pretty(ChangeText.Json(proxies, refused)) : ChangeText.Text(proxies, refused, window));
        return ExitCode.Success;
    }

    private static TimeSpan? Window(string? text) => text is null ? null
        : GoDuration.TryParse(text, out var time) && time > TimeSpan.Zero ? time
        : throw new UserErrorException($"--replay {text}: write a time like 10m or 1h");

    private static async Task<ReplayedLog> ReplayAsync(KubernetesApi api, Pod pod, TimeSpan window, ConfigDump before, ConfigDump after, CancellationToken cancellationToken)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/api/v1/namespaces/{pod.Namespace}/pods/{pod.Name}/log?container=istio-proxy&sinceSeconds={(long)Math.Ceiling(window.TotalSeconds)}");
        using var response = await api.Http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        await KubernetesApi.RequireSuccessAsync(response, cancellationToken);
        var requests = AccessLogLines.Outgoing(await response.Content.ReadAsStringAsync(cancellationToken)).ToList();
        return new ReplayedLog(requests.Count, await Replay.CompareAsync(requests, before, after, cancellationToken));
    }
}
