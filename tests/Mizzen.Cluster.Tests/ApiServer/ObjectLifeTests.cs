using System.Text.Json.Nodes;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Tests.ApiServers;

/// <summary>What happens to objects between creation and deletion.</summary>
public sealed class ObjectLifeTests(RunningApiServer api) : IClassFixture<RunningApiServer>
{
    private const string Pods = "/api/v1/namespaces/default/pods";
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pod_is_completed_with_what_nodes_rely_on()
    {
        var pod = await CreatePodAsync("completed");
        var spec = pod["spec"]!;
        Assert.Equal("default", (string?)spec["serviceAccountName"]);
        Assert.Equal(30, (int)spec["terminationGracePeriodSeconds"]!);
        Assert.Equal("Always", (string?)spec["restartPolicy"]);
        Assert.Equal("ClusterFirst", (string?)spec["dnsPolicy"]);
        Assert.Equal("Always", (string?)spec["containers"]![0]!["imagePullPolicy"]);
        Assert.Equal("/var/run/secrets/kubernetes.io/serviceaccount", (string?)spec["containers"]![0]!["volumeMounts"]![0]!["mountPath"]);
        Assert.StartsWith("kube-api-access-", (string?)spec["volumes"]![0]!["name"], StringComparison.Ordinal);
        Assert.Equal("Pending", (string?)pod["status"]!["phase"]);
        Assert.Equal("BestEffort", (string?)pod["status"]!["qosClass"]);
        Assert.Equal(2, spec["tolerations"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_bound_pod_goes_when_its_node_lets_it_go()
    {
        await CreatePodAsync("bound");
        await api.SendAsync("POST", Pods + "/bound/binding", """{"metadata":{"name":"bound"},"target":{"kind":"Node","name":"node-1"}}""");
        var (again, refusal) = await api.SendAsync("POST", Pods + "/bound/binding", """{"target":{"name":"node-2"}}""");
        Assert.Equal((409, "Operation cannot be fulfilled on pods \"bound\": pod bound is already assigned to node \"node-1\""), (again, (string?)refusal["message"]));

        var (_, marked) = await api.SendAsync("DELETE", Pods + "/bound");
        Assert.NotNull(marked["metadata"]!["deletionTimestamp"]);
        Assert.Equal(30, (int)marked["metadata"]!["deletionGracePeriodSeconds"]!);
        await api.SendAsync("DELETE", Pods + "/bound", """{"gracePeriodSeconds":0}""");
        Assert.Equal(404, (await api.SendAsync("GET", Pods + "/bound")).Code);
    }

    [Fact]
    public async Task A_pod_that_no_node_has_goes_at_once()
    {
        await CreatePodAsync("unbound");
        await api.SendAsync("DELETE", Pods + "/unbound");
        Assert.Equal(404, (await api.SendAsync("GET", Pods + "/unbound")).Code);
    }

    [Fact]
    public async Task A_finalizer_holds_an_object_until_it_is_removed()
    {
        await api.SendAsync("POST", ConfigMaps, """{"metadata":{"name":"held","finalizers":["example.org/hold"]}}""");
        var (_, marked) = await api.SendAsync("DELETE", ConfigMaps + "/held");
        Assert.NotNull(marked["metadata"]!["deletionTimestamp"]);
        Assert.Equal(200, (await api.SendAsync("GET", ConfigMaps + "/held")).Code);
        await api.SendAsync("PATCH", ConfigMaps + "/held", """{"metadata":{"finalizers":null}}""", "application/merge-patch+json");
        Assert.Equal(404, (await api.SendAsync("GET", ConfigMaps + "/held")).Code);
    }

    [Fact]
    public async Task Only_the_object_that_was_meant_is_deleted()
    {
        await api.SendAsync("POST", ConfigMaps, """{"metadata":{"name":"meant"}}""");
        var (code, status) = await api.SendAsync("DELETE", ConfigMaps + "/meant", """{"preconditions":{"uid":"other"}}""");
        Assert.Equal(409, code);
        Assert.StartsWith("Operation cannot be fulfilled on configmaps \"meant\": Precondition failed: UID in precondition: other", (string?)status["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_answers_as_if_and_stores_nothing()
    {
        Assert.Equal(201, (await api.SendAsync("POST", ConfigMaps + "?dryRun=All", """{"metadata":{"name":"dry"}}""")).Code);
        Assert.Equal(404, (await api.SendAsync("GET", ConfigMaps + "/dry")).Code);
    }

    [Fact]
    public async Task The_generation_counts_intent_and_the_status_is_written_apart()
    {
        const string Path = "/apis/apps/v1/namespaces/default/deployments";
        var (_, made) = await api.SendAsync("POST", Path, """
            {"metadata":{"name":"counted"},"spec":{"selector":{"matchLabels":{"a":"b"}},
             "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}},"status":{"replicas":9}}
            """);
        Assert.Null(made["status"]);
        Assert.Equal(1, (int)made["metadata"]!["generation"]!);
        var (_, labelled) = await api.SendAsync("PATCH", Path + "/counted", """{"metadata":{"labels":{"x":"y"}},"status":{"replicas":9}}""", "application/merge-patch+json");
        Assert.Null(labelled["status"]);
        Assert.Equal(1, (int)labelled["metadata"]!["generation"]!);
        var (_, reported) = await api.SendAsync("PATCH", Path + "/counted/status", """{"status":{"replicas":2},"spec":{"replicas":7}}""", "application/merge-patch+json");
        Assert.Equal((1, 1, 2), ((int)reported["spec"]!["replicas"]!, (int)reported["metadata"]!["generation"]!, (int)reported["status"]!["replicas"]!));
        var (_, scaled) = await api.SendAsync("PATCH", Path + "/counted/scale", """{"spec":{"replicas":3}}""", "application/merge-patch+json");
        Assert.Equal(("Scale", 3), ((string?)scaled["kind"], (int)scaled["spec"]!["replicas"]!));
        Assert.Equal(2, (int)(await api.SendAsync("GET", Path + "/counted")).Body["metadata"]!["generation"]!);
    }

    [Fact]
    public async Task A_change_that_changes_nothing_keeps_the_version()
    {
        var (_, made) = await api.SendAsync("POST", ConfigMaps, """{"metadata":{"name":"same"},"data":{"a":"b"}}""");
        var (_, same) = await api.SendAsync("PATCH", ConfigMaps + "/same", """{"data":{"a":"b"}}""", "application/merge-patch+json");
        Assert.Equal((string?)made["metadata"]!["resourceVersion"], (string?)same["metadata"]!["resourceVersion"]);
    }

    [Fact]
    public async Task An_old_deployment_is_taken_and_read_in_both_versions()
    {
        const string Old = "/apis/extensions/v1beta1/namespaces/default/deployments";
        var (code, made) = await api.SendAsync("POST", Old, """
            {"apiVersion":"extensions/v1beta1","kind":"Deployment","metadata":{"name":"old"},
             "spec":{"template":{"metadata":{"labels":{"app":"old"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
            """);
        Assert.Equal((201, "extensions/v1beta1"), (code, (string?)made["apiVersion"]));
        var (_, now) = await api.SendAsync("GET", "/apis/apps/v1/namespaces/default/deployments/old");
        Assert.Equal(("apps/v1", "old"), ((string?)now["apiVersion"], (string?)now["spec"]!["selector"]!["matchLabels"]!["app"]));
    }

    [Fact]
    public async Task A_namespace_is_held_until_it_is_finalized()
    {
        await api.SendAsync("POST", "/api/v1/namespaces", """{"metadata":{"name":"going"}}""");
        var (_, going) = await api.SendAsync("DELETE", "/api/v1/namespaces/going");
        Assert.Equal("Terminating", (string?)going["status"]!["phase"]);
        var (code, status) = await api.SendAsync("POST", "/api/v1/namespaces/going/configmaps", """{"metadata":{"name":"late"}}""");
        Assert.Equal((403, "NamespaceTerminating"), (code, (string?)status["details"]!["causes"]![0]!["reason"]));
        going["spec"] = new JsonObject();
        await api.SendAsync("PUT", "/api/v1/namespaces/going/finalize", going.ToJsonString());
        Assert.Equal(404, (await api.SendAsync("GET", "/api/v1/namespaces/going")).Code);
    }

    [Fact]
    public async Task Lists_come_in_pages_and_by_selector()
    {
        await api.SendAsync("POST", "/api/v1/namespaces", """{"metadata":{"name":"paged"}}""");
        foreach (var name in new[] { "a", "b", "c" })
        {
            await api.SendAsync("POST", "/api/v1/namespaces/paged/secrets", $$"""{"metadata":{"name":"{{name}}","labels":{"is":"{{name}}"} },"stringData":{"k":"v"} }""");
        }

        var (_, first) = await api.SendAsync("GET", "/api/v1/namespaces/paged/secrets?limit=2");
        Assert.Equal(["a", "b"], Names(first));
        Assert.Equal(1, (int)first["metadata"]!["remainingItemCount"]!);
        var (_, rest) = await api.SendAsync("GET", "/api/v1/namespaces/paged/secrets?limit=2&continue=" + first["metadata"]!["continue"]);
        Assert.Equal(["c"], Names(rest));
        Assert.Equal(["a", "c"], Names((await api.SendAsync("GET", "/api/v1/namespaces/paged/secrets?labelSelector=is%20in%20(a,c)")).Body));
        Assert.Equal(["b", "c"], Names((await api.SendAsync("GET", "/api/v1/namespaces/paged/secrets?labelSelector=is!%3Da,is")).Body));
        Assert.Equal(["b"], Names((await api.SendAsync("GET", "/api/v1/secrets?fieldSelector=metadata.name%3Db,metadata.namespace%3Dpaged")).Body));
        Assert.Equal("dg==", (string?)rest["items"]![0]!["data"]!["k"]);
    }

    [Fact]
    public async Task A_watch_tells_of_objects_that_enter_and_leave_its_selection()
    {
        var list = await api.Client.ListAsync<ConfigMap>("default", null, Token);
        await using var events = api.Client.WatchAsync<ConfigMap>("default", list.ResourceVersion, new() { LabelSelector = "watched=yes" }, Token).GetAsyncEnumerator(Token);
        var next = events.MoveNextAsync();
        await api.SendAsync("POST", ConfigMaps, """{"metadata":{"name":"seen"}}""");
        await api.SendAsync("PATCH", ConfigMaps + "/seen", """{"metadata":{"labels":{"watched":"yes"}}}""", "application/merge-patch+json");
        Assert.True(await next);
        Assert.Equal((Mizzen.Client.WatchEventType.Added, "seen"), (events.Current.Type, events.Current.Object.Metadata.Name));
        await api.SendAsync("PATCH", ConfigMaps + "/seen", """{"metadata":{"labels":{"watched":"no"}}}""", "application/merge-patch+json");
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(Mizzen.Client.WatchEventType.Deleted, events.Current.Type);
    }

    [Fact]
    public async Task A_streaming_list_ends_its_first_part_with_a_bookmark()
    {
        using var response = await api.Http.GetAsync(
            new Uri(ConfigMaps + "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1", UriKind.Relative),
            HttpCompletionOption.ResponseHeadersRead,
            Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        var types = new List<string>();
        while (await reader.ReadLineAsync(Token) is { } line)
        {
            var node = JsonNode.Parse(line)!;
            types.Add((string)node["type"]!);
            if (types[^1] == "BOOKMARK")
            {
                Assert.Equal("true", (string?)node["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]);
                break;
            }
        }

        Assert.True(types.Count > 1);
        Assert.All(types[..^1], type => Assert.Equal("ADDED", type));
    }

    [Fact]
    public async Task Objects_and_the_last_changes_outlive_the_server()
    {
        var other = new RunningApiServer();
        await other.InitializeAsync();
        await using var dispose = other;
        await other.Client.CreateAsync(new ConfigMap { Metadata = new ObjectMeta { Name = "kept", Namespace = "default" } }, Token);
        await other.StopAsync();
        await other.StartAsync();
        Assert.NotNull(await other.Client.FindAsync<ConfigMap>("default", "kept", Token));
        await foreach (var change in other.Client.WatchAsync<ConfigMap>("default", "1", null, Token))
        {
            if (change.Object?.Metadata.Name == "kept")
            {
                Assert.Equal(Mizzen.Client.WatchEventType.Added, change.Type);
                break;
            }
        }
    }

    private static IEnumerable<string?> Names(JsonNode list) => list["items"]!.AsArray().Select(item => (string?)item!["metadata"]!["name"]);

    private async Task<JsonNode> CreatePodAsync(string name)
    {
        var (code, pod) = await api.SendAsync("POST", Pods, $$"""{"metadata":{"name":"{{name}}"},"spec":{"containers":[{"name":"c","image":"i"}]} }""");
        Assert.Equal(201, code);
        return pod;
    }
}
