using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;
using Mizzen.Api;
using Mizzen.Clusters;
using Mizzen.Explaining;
using Mizzen.Inspection;
using Mizzen.Manifests;
using Mizzen.Pods;
using Mizzen.Resources.Reading;
using Mizzen.Terminal;

namespace Mizzen.Verbs;

/// <summary><c>mizzen explain</c>: which way a request takes, and why no other.</summary>
internal sealed class ExplainVerb
{
    private readonly Argument<string> _method = new("METHOD") { Description = "GET, POST, …; or TCP for a connection." };
    private readonly Argument<string> _url = new("URL") { Description = "http://host[:port]/path as the app would call it; host:port for TCP." };
    private readonly Option<string> _from = new("--from") { Description = "Who sends it: POD[.NAMESPACE], deploy/NAME or the name of a workload; a gateway for what comes from outside.", HelpName = "WORKLOAD", Required = true };
    private readonly Option<string[]> _headers = new("--header", "-H") { Description = "A header of the request, as in curl.", HelpName = "'NAME: VALUE'" };
    private readonly Option<string[]> _files = new("--filename", "-f") { Description = "Also say what would change if these files were applied.", HelpName = "PATH", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string> _format = new Option<string>("--output", "-o") { Description = "text or json.", DefaultValueFactory = _ => "text" }.AcceptOnlyFromAmong("text", "json");
    private readonly Option<string?> _namespace = ClusterOptions.Namespace();
    private readonly Option<string> _istio = ClusterOptions.IstioNamespace();
    private readonly Option<ClusterName> _name = ClusterOptions.Name();
    private readonly Option<string?> _kubeconfig = ClusterOptions.Kubeconfig();

    public static Command Create()
    {
        var verb = new ExplainVerb();
        var command = new VerbCommand(
            "explain",
            "Say which way a request takes through the mesh: listener, route, rule, cluster, endpoints; and why no earlier rule matched",
            """
            mizzen explain GET http://middleware/ --from frontend -H 'x-dev-user: super-secret'
            mizzen explain GET http://shop.example.com/ --from istio-ingressgateway.istio-system
            mizzen explain GET http://reviews:9080/ --from productpage -f changed.yaml     before and after
            mizzen explain TCP db:5432 --from backend
            """)
        { verb._method, verb._url, verb._from, verb._headers, verb._files, verb._format, verb._namespace, verb._istio, verb._name, verb._kubeconfig };
        command.SetAction(verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        var request = RequestToExplain.Parse(result.GetValue(_method)!, result.GetValue(_url)!, result.GetValue(_headers) ?? []);
        var documents = ManifestFiles.ReadDocuments(result.GetValue(_files) ?? []);
        var api = ClusterConnection.Open(result.GetValue(_kubeconfig), result.GetValue(_name));
        var pod = await PodName.FindAsync(api, result.GetValue(_from)!, result.GetValue(_namespace), cancellationToken);
        var live = new ObjectSet();
        live.Add((await LiveObjects.ReadAsync(api, cancellationToken)).Objects);
        if (documents.Count == 0)
        {
            Print([await ExplainAsync(request, pod, each => DumpOfAsync(api, each, live, result, cancellationToken), MeshAtHand.Of(live, result.GetValue(_istio)!), cancellationToken)], [], result);
            return ExitCode.Success;
        }

        var changed = live.Copy();
        changed.Apply(documents, result.GetValue(_namespace) ?? "default");
        var (before, after) = (MeshAtHand.Of(live, result.GetValue(_istio)!), MeshAtHand.Of(changed, result.GetValue(_istio)!));
        Print(
            [
                await ExplainAsync(request, pod, each => Task.FromResult(before.DumpOf(each)), before, cancellationToken),
                await ExplainAsync(request, pod, each => Task.FromResult(after.DumpOf(each)), after, cancellationToken),
            ],
            [.. after.Refused.Where(problem => problem.Source is not null).Select(FindingText.Line)],
            result);
        return ExitCode.Success;
    }

    // A user may have no right to connect to ports of pods: then what the proxy would be told takes the place of what it has.
    private async Task<ConfigDump> DumpOfAsync(KubernetesApi api, Pod pod, ObjectSet live, ParseResult result, CancellationToken cancellationToken)
    {
        try
        {
            return ConfigDump.Parse(await PodPage.OfProxyAsync(api, pod, "/config_dump?include_eds", cancellationToken), $"the proxy of {pod}");
        }
        catch (UserErrorException error) when (pod.HasRunningProxy)
        {
            await Console.Error.WriteLineAsync($"mizzen: {error.Message}; this is what the control plane would tell the proxy");
            return MeshAtHand.Of(live, result.GetValue(_istio)!).DumpOf(pod);
        }
    }

    private static async Task<Explanation> ExplainAsync(RequestToExplain request, Pod pod, Func<Pod, Task<ConfigDump>> dumpOf, MeshAtHand mesh, CancellationToken cancellationToken)
    {
        var objects = mesh.Objects;
        var dump = await dumpOf(pod);
        var destination = MeshAtHand.IsGateway(pod)
            ? Destination.AtGateway(request, pod.Object, objects.Objects)
            : Destination.Of(request, pod.Namespace, objects.Objects, dump);
        var answers = await OfflineProxy.AskAsync(dump.ToJson(), [request.ToJson(destination.Address)], cancellationToken);
        var explanation = new Explainer(dump, new RuleFinder(objects)).Explain(request, pod.ToString(), destination, answers[0]);
        var servers = new List<ServerSide>();
        foreach (var cluster in explanation.Clusters)
        {
            if (EndpointToAsk.Of(dump, cluster.Name) is { } endpoint && PodAt(objects, endpoint.Address) is { HasRunningProxy: true } server)
            {
                var own = await dumpOf(server);
                var arrived = await OfflineProxy.AskAsync(own.ToJson(), [ServerSide.Question(request, pod, mesh.TrustDomain, endpoint)], cancellationToken);
                servers.Add(ServerSide.Of(server, pod, mesh.TrustDomain, endpoint, own, arrived[0]));
            }
        }

        return explanation with { Servers = servers };
    }

    private static Pod? PodAt(ObjectSet objects, string address) => objects.Objects
        .Where(item => item.Text("kind") == "Pod" && IPEndPoint.TryParse(address, out var endpoint) && item.Text("status", "podIP") == endpoint.Address.ToString()
            && item.At("spec", "hostNetwork") is null)
        .Select(Pod.From).FirstOrDefault();

    private void Print(IReadOnlyList<Explanation> explanations, IReadOnlyList<string> refused, ParseResult result)
    {
        var changes = explanations.Count > 1 ? explanations[0].ChangesTo(explanations[1]).ToList() : [];
        if (result.GetValue(_format) == "json")
        {
            var json = explanations[^1].ToJson();
            if (explanations.Count > 1)
            {
                json = new JsonObject { ["before"] = explanations[0].ToJson(), ["after"] = json, ["changes"] = new JsonArray([.. changes.Select(JsonNode (change) => change)]) };
            }

            Console.Write(Json.Pretty(json));
            return;
        }

        Console.Write(explanations[^1].ToText());
        if (explanations.Count > 1)
        {
            Console.WriteLine(changes.Count == 0 ? "\nThe files change nothing for this request." : $"\nWhat the files change:\n  {string.Join("\n  ", changes)}");
        }

        foreach (var line in refused)
        {
            Console.WriteLine(line);
        }
    }
}
