using System.CommandLine;
using System.Text.Json.Nodes;
using Mizzen.Api;
using Mizzen.Inspection;
using Mizzen.Pods;
using Mizzen.Resources.Reading;
using Mizzen.Terminal;

namespace Mizzen.Verbs;

/// <summary><c>mizzen proxy-status</c>: which proxies the control plane serves, and how far each is with its configuration.</summary>
internal static class ProxyStatusVerb
{
    public static Command Create()
    {
        var name = ClusterOptions.Name();
        var kubeconfig = ClusterOptions.Kubeconfig();
        var ns = ClusterOptions.Namespace();
        var istio = ClusterOptions.IstioNamespace();
        var format = new Option<string>("--output", "-o") { Description = "table or json.", DefaultValueFactory = _ => "table" }.AcceptOnlyFromAmong("table", "json");
        var pod = new Argument<string?>("POD") { Arity = ArgumentArity.ZeroOrOne, Description = "One proxy: POD[.NAMESPACE], deploy/NAME; then what it has is compared with what it should have." };
        var command = new VerbCommand(
            "proxy-status",
            "Show how far each proxy is with its configuration: SYNCED (has it), STALE (sent and not taken yet, or refused), NOT SENT, IGNORED (does not ask for it)",
            """
            mizzen proxy-status                       every proxy that the control plane serves
            mizzen proxy-status frontend              compare what one has with what it should have
            mizzen proxy-status -n shop -o json
            """) { pod, ns, format, istio, name, kubeconfig };
        command.Aliases.Add("ps");
        command.SetAction(async (result, cancellationToken) =>
        {
            var api = ClusterConnection.Open(result.GetValue(kubeconfig), result.GetValue(name));
            var asJson = result.GetValue(format) == "json";
            return result.GetValue(pod) is { } one
                ? await ShowOneAsync(api, await PodName.FindAsync(api, one, result.GetValue(ns), cancellationToken), result.GetValue(istio)!, asJson, cancellationToken)
                : await ShowAllAsync(api, result.GetValue(ns), result.GetValue(istio)!, asJson, cancellationToken);
        });
        return command;
    }

    private static async Task<int> ShowAllAsync(KubernetesApi api, string? ns, string istioNamespace, bool asJson, CancellationToken cancellationToken)
    {
        var proxies = (await ReadAsync(api, istioNamespace, cancellationToken))
            .Where(proxy => ns is null || proxy.Sync.Text("proxy").EndsWith("." + ns, StringComparison.Ordinal))
            .OrderBy(proxy => proxy.Sync.Text("proxy"), StringComparer.Ordinal).ToList();
        if (asJson)
        {
            Console.Write(Json.Pretty(new JsonArray([.. proxies.Select(JsonNode (proxy) => proxy.Sync.DeepClone())])));
            return ExitCode.Success;
        }

        Console.Write(proxies.Count == 0
            ? "no proxy is connected; pods get one in namespaces with the label istio-injection=enabled\n"
            : TableText.Align([SyncTable.Heading, .. proxies.Select(proxy => SyncTable.Row(proxy.Sync, proxy.ControlPlane.Name))]));
        foreach (var refusal in proxies.SelectMany(proxy => SyncTable.Refusals(proxy.Sync)))
        {
            Console.WriteLine(refusal);
        }

        return ExitCode.Success;
    }

    private static async Task<int> ShowOneAsync(KubernetesApi api, Pod pod, string istioNamespace, bool asJson, CancellationToken cancellationToken)
    {
        var had = ConfigDump.Parse(await PodPage.OfProxyAsync(api, pod, "/config_dump?include_eds", cancellationToken), $"the proxy of {pod}");
        var (sync, controlPlane) = (await ReadAsync(api, istioNamespace, cancellationToken)).FirstOrDefault(proxy => proxy.Sync.Text("proxy") == pod.ToString());
        if (sync is null)
        {
            throw new UserErrorException($"the proxy of {pod} is not connected to a control plane; what it last got serves on; see: mizzen logs -n {pod.Namespace} {pod.Name} -c istio-proxy");
        }

        var page = await PodPage.OfControlPlaneAsync(api, controlPlane, "/debug/config_dump?proxyID=" + pod, cancellationToken);
        var differences = DumpComparison.Differences(ConfigDump.Parse(page, controlPlane.ToString()), had).ToList();
        if (asJson)
        {
            sync["differences"] = new JsonArray([.. differences.Select(JsonNode (difference) => difference)]);
            Console.Write(Json.Pretty(sync));
        }
        else
        {
            Console.Write(TableText.Align([SyncTable.Heading, SyncTable.Row(sync, controlPlane.Name)]));
            Console.WriteLine(string.Join('\n', [.. SyncTable.Refusals(sync), .. differences.DefaultIfEmpty("what the proxy has is what the control plane wants it to have")]));
        }

        return ExitCode.Success;
    }

    private static async Task<List<(JsonObject Sync, Pod ControlPlane)>> ReadAsync(KubernetesApi api, string istioNamespace, CancellationToken cancellationToken)
    {
        var pages = await PodPage.OfControlPlanesAsync(api, istioNamespace, "/debug/syncz", cancellationToken);
        return [.. pages.SelectMany(page => JsonNode.Parse(page.Text).Objects().Select(sync => (sync, page.Pod)))];
    }
}
