using Microsoft.Extensions.Logging.Abstractions;
using Mizzen.Client;
using Mizzen.Cluster.Events;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Discovery;
using Mizzen.Resources.Meta;
using Mizzen.Testing;

namespace Mizzen.Cluster.Tests.Controllers;

/// <summary>An unmodified kubectl against the real API server with all controllers at work.</summary>
public sealed class ControllerTests(RunningControllers cluster) : IClassFixture<RunningControllers>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_applied_deployment_rolls_out_over_the_nodes()
    {
        var ns = await DeployedAsync("rollout", 5);
        var pods = await PodsAsync(ns);
        Assert.Equal([1, 1, 1, 2], pods.CountBy(pod => pod.Spec!.NodeName!).Select(node => node.Value).Order());
        Assert.All(pods, pod => Assert.Matches("^web-[a-z0-9]+-[a-z0-9]{5}$", pod.Metadata.Name));
        Assert.Equal("5/5 5 5", await ColumnsAsync(ns));
        Assert.Equal(
            "MinimumReplicasAvailable NewReplicaSetAvailable",
            await cluster.KubectlAsync($"-n {ns} get deployment web -o jsonpath={{.status.conditions[?(@.type==\"Available\")].reason}}{{'\\x20'}}{{.status.conditions[?(@.type==\"Progressing\")].reason}}".Replace("\"", "'", StringComparison.Ordinal)));
        await EventuallySaidAsync(ns, "ScalingReplicaSet", "Scaled up replica set web-");
        await EventuallySaidAsync(ns, "SuccessfulCreate", "Created pod: web-");
        await EventuallySaidAsync(ns, "Scheduled", $"Successfully assigned {ns}/web-");
    }

    [Fact]
    public async Task Scaling_up_and_down_is_carried_out()
    {
        var ns = await DeployedAsync("scale", 2);
        await cluster.KubectlAsync($"-n {ns} scale deployment/web --replicas=6");
        await RolledOutAsync(ns);
        Assert.Equal(6, (await PodsAsync(ns)).Count);
        await cluster.KubectlAsync($"-n {ns} scale deployment/web --replicas=0");
        await Eventually.HoldsAsync(async () => (await PodsAsync(ns)).Count == 0, "no pod is left", Token);
    }

    [Fact]
    public async Task A_change_is_rolled_out_and_undone()
    {
        var ns = await DeployedAsync("undo", 3);
        await cluster.KubectlAsync($"-n {ns} set image deployment/web web=web:2");
        await RolledOutAsync(ns);
        Assert.Equal(["web:2", "web:2", "web:2"], await ImagesAsync(ns));
        Assert.Contains("revision #2", await cluster.KubectlAsync($"-n {ns} rollout history deployment/web --revision=2"), StringComparison.Ordinal);

        await cluster.KubectlAsync($"-n {ns} rollout undo deployment/web");
        await RolledOutAsync(ns);
        Assert.Equal(["web:1", "web:1", "web:1"], await ImagesAsync(ns));
        Assert.Equal("3", await cluster.KubectlAsync($"-n {ns} get deployment web -o jsonpath={{.metadata.annotations['deployment\\.kubernetes\\.io/revision']}}"));
    }

    [Fact]
    public async Task A_broken_change_leaves_enough_of_the_old_pods()
    {
        var ns = await DeployedAsync("broken", 4);
        await cluster.KubectlAsync($"-n {ns} set image deployment/web web=broken");
        await Eventually.HoldsAsync(async () => (await PodsAsync(ns)).Count(pod => pod.Spec!.Containers![0].Image == "broken") == 2, "two broken pods", Token);
        Assert.Equal(3, (await PodsAsync(ns)).Count(pod => pod.Spec!.Containers![0].Image == "web:1"));
        Assert.Equal("3/4 2 3", await ColumnsAsync(ns));
    }

    [Fact]
    public async Task A_paused_rollout_waits_for_resume()
    {
        var ns = await DeployedAsync("pause", 1);
        await cluster.KubectlAsync($"-n {ns} rollout pause deployment/web");
        await cluster.KubectlAsync($"-n {ns} set image deployment/web web=web:2");
        await Eventually.HoldsAsync(async () => (await DeploymentAsync(ns)) is { } deployment && deployment.Status?.ObservedGeneration == deployment.Metadata.Generation, "the pause is seen", Token);
        Assert.Equal(["web:1"], await ImagesAsync(ns));
        await cluster.KubectlAsync($"-n {ns} rollout resume deployment/web");
        await RolledOutAsync(ns);
        Assert.Equal(["web:2"], await ImagesAsync(ns));
    }

    [Theory]
    [InlineData("background")]
    [InlineData("foreground")]
    public async Task Deleting_a_deployment_takes_its_sets_and_pods_along(string cascade)
    {
        var ns = await DeployedAsync("cascade", 2);
        await cluster.KubectlAsync($"-n {ns} delete deployment web --cascade={cascade}");
        if (cascade == "foreground")
        {
            // kubectl has waited, and the deployment was the last to go.
            Assert.Empty(await PodsAsync(ns));
        }

        await Eventually.HoldsAsync(async () => (await PodsAsync(ns)).Count + (await SetsAsync(ns)).Count == 0, "nothing is left", Token);
    }

    [Fact]
    public async Task Orphaned_pods_live_on_and_are_adopted_again()
    {
        var ns = await DeployedAsync("orphan", 2);
        var before = (await PodsAsync(ns)).Select(pod => pod.Metadata.Uid).Order().ToList();
        await cluster.KubectlAsync($"-n {ns} delete deployment web --cascade=orphan");
        Assert.Null(Assert.Single(await SetsAsync(ns)).Metadata.OwnerReferences);

        await cluster.KubectlAsync($"-n {ns} apply -f -", Web(2));
        await RolledOutAsync(ns);
        Assert.Single(await SetsAsync(ns));
        Assert.Equal(before, (await PodsAsync(ns)).Select(pod => pod.Metadata.Uid).Order());
    }

    [Fact]
    public async Task A_namespace_ends_with_all_that_is_in_it()
    {
        var ns = await DeployedAsync("ending", 3);
        await cluster.KubectlAsync($"-n {ns} expose deployment web --port=80");
        await cluster.KubectlAsync($"delete namespace {ns} --timeout=30s");
        Assert.Empty(await PodsAsync(ns));
        Assert.Empty((await cluster.Client.ListAsync<ConfigMap>(ns, null, Token)).Items);
    }

    [Fact]
    public async Task Every_namespace_has_its_account_and_the_authoritys_certificate_again_and_again()
    {
        var ns = await cluster.NamespaceAsync("defaults");
        await cluster.KubectlAsync($"-n {ns} delete serviceaccount default");
        await cluster.KubectlAsync($"-n {ns} delete configmap kube-root-ca.crt");
        await Eventually.HoldsAsync(
            async () => await cluster.Client.FindAsync<ServiceAccount>(ns, "default", Token) is not null
                && await cluster.Client.FindAsync<ConfigMap>(ns, "kube-root-ca.crt", Token) is { Data: { } data }
                && data["ca.crt"].StartsWith("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal),
            "both are back",
            Token);
    }

    [Fact]
    public async Task A_service_has_the_endpoints_of_its_ready_pods()
    {
        var ns = await DeployedAsync("service", 3);
        await cluster.KubectlAsync($"-n {ns} expose deployment web --port=80 --target-port=http");
        var addresses = (await PodsAsync(ns)).Select(pod => pod.Status!.PodIp!).Order().ToList();
        await Eventually.HoldsAsync(async () => (await AddressesAsync(ns)).SequenceEqual(addresses), "all pods are endpoints", Token);
        var slice = Assert.Single((await cluster.Client.ListAsync<EndpointSlice>(ns, null, Token)).Items);
        Assert.Equal(3000, Assert.Single(slice.Ports!).Port);
        Assert.All(slice.Endpoints!, endpoint => Assert.Contains(endpoint.Zone, new[] { "a", "b" }));
        await Eventually.HoldsAsync(
            async () => (await cluster.Client.FindAsync<Endpoints>(ns, "web", Token))?.Subsets is [{ Addresses.Count: 3 }], "the Endpoints object follows", Token);

        await cluster.KubectlAsync($"-n {ns} scale deployment/web --replicas=1");
        await Eventually.HoldsAsync(async () => (await AddressesAsync(ns)).Count == 1, "one endpoint is left", Token);
        await cluster.KubectlAsync($"-n {ns} delete service web");
        await Eventually.HoldsAsync(
            async () => (await cluster.Client.ListAsync<EndpointSlice>(ns, null, Token)).Items.Count == 0
                && await cluster.Client.FindAsync<Endpoints>(ns, "web", Token) is null,
            "they go with the service",
            Token);
    }

    [Fact]
    public async Task A_service_without_a_selector_leads_where_its_endpoints_say()
    {
        var ns = await cluster.NamespaceAsync("mirror");
        await cluster.KubectlAsync($"-n {ns} apply -f -", Outside);
        await Eventually.HoldsAsync(async () => (await AddressesAsync(ns)) is ["192.0.2.7"], "a slice says the same", Token);
        await cluster.KubectlAsync($"-n {ns} delete endpoints outside");
        await Eventually.HoldsAsync(async () => (await AddressesAsync(ns)).Count == 0, "the slice goes too", Token);
    }

    [Fact]
    public async Task What_is_said_again_raises_the_count_of_the_first_event()
    {
        var ns = await cluster.NamespaceAsync("events");
        var about = new Pod { Metadata = new ObjectMeta { Name = "a", Namespace = ns, Uid = "uid-a" } };
        var sink = new EventSink("test", cluster.Client, NullLogger.Instance, TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = sink.RunAsync(stop.Token);
        sink.Warning(about, "Odd", "something is odd");
        sink.Warning(about, "Odd", "something is odd");
        sink.Warning(about, "Odd", "something else is odd");
        await Eventually.HoldsAsync(
            async () => (await cluster.Client.ListAsync<Event>(ns, null, Token)).Items.Select(item => (item.Message, item.Count)).OrderBy(item => item.Count)
                .SequenceEqual([("something else is odd", 1), ("something is odd", 2)]),
            "two events, one of them twice",
            Token);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_load_balancer_gets_the_address_that_the_cluster_gives()
    {
        var ns = await cluster.NamespaceAsync("balancer");
        await cluster.KubectlAsync($"-n {ns} create service loadbalancer front --tcp=80:3000");
        await cluster.KubectlAsync($"-n {ns} wait service/front --for=jsonpath={{.status.loadBalancer.ingress[0].ip}}={RunningControllers.LoadBalancerAddress} --timeout=20s");
    }

    [Fact]
    public async Task A_pod_without_a_place_says_why_and_gets_one_when_there_is_room()
    {
        var ns = await cluster.NamespaceAsync("room");
        await cluster.KubectlAsync($"-n {ns} apply -f -", Apart(5));
        await EventuallySaidAsync(
            ns,
            "FailedScheduling",
            "0/4 nodes are available: 4 node(s) didn't match pod anti-affinity rules. preemption: 0/4 nodes are available: 4 No preemption victims found for incoming pod.");
        Assert.Equal("4/5 5 4", await ColumnsAsync(ns));

        await cluster.AddNodeAsync(Scheduling.SchedulingWorld.NodeOf("n5"));
        await RolledOutAsync(ns);

        // The node goes again, and with it its pod.
        await cluster.KubectlAsync("delete node n5");
        await Eventually.HoldsAsync(async () => (await PodsAsync(ns)).All(pod => pod.Spec!.NodeName != "n5"), "no pod is on the node that is gone", Token);
    }

    [Fact]
    public async Task A_drained_node_is_left_by_its_pods()
    {
        var ns = await DeployedAsync("drain", 4);
        await cluster.AddNodeAsync(Scheduling.SchedulingWorld.NodeOf("spare"));
        await cluster.KubectlAsync($"-n {ns} scale deployment/web --replicas=5");
        await RolledOutAsync(ns);
        Assert.Contains(await PodsAsync(ns), pod => pod.Spec!.NodeName == "spare");

        await cluster.KubectlAsync("drain spare --ignore-daemonsets --timeout=30s");
        await RolledOutAsync(ns);
        Assert.DoesNotContain(await PodsAsync(ns), pod => pod.Spec!.NodeName == "spare");
        Assert.Contains("node.kubernetes.io/unschedulable", await cluster.KubectlAsync("get node spare -o jsonpath={.spec.taints[*].key}"), StringComparison.Ordinal);
        await cluster.KubectlAsync("delete node spare");
    }

    [Fact]
    public async Task Pods_leave_a_node_whose_taint_they_do_not_tolerate()
    {
        var ns = await DeployedAsync("taint", 4);
        await cluster.KubectlAsync("taint node n2 maintenance=now:NoExecute");
        await Eventually.HoldsAsync(async () => (await PodsAsync(ns)) is { Count: 4 } pods && pods.All(pod => pod.Spec?.NodeName is not (null or "n2")), "they are elsewhere", Token);
        await EventuallySaidAsync(ns, "TaintManagerEviction", $"Marking for deletion Pod {ns}/web-");
        await cluster.KubectlAsync("taint node n2 maintenance-");
    }

    [Fact]
    public async Task What_a_custom_resource_owns_goes_with_it()
    {
        var ns = await cluster.NamespaceAsync("custom");
        await cluster.KubectlAsync("apply -f -", OwnerDefinition);
        await cluster.KubectlAsync("wait --for=condition=Established crd/owners.example.org --timeout=20s");
        await cluster.KubectlAsync($"-n {ns} apply -f -", """{"apiVersion": "example.org/v1", "kind": "Owner", "metadata": {"name": "one"}}""");
        var uid = await cluster.KubectlAsync($"-n {ns} get owner one -o jsonpath={{.metadata.uid}}");
        var owned = new ConfigMap
        {
            Metadata = new ObjectMeta
            {
                Name = "owned",
                Namespace = ns,
                OwnerReferences = [new OwnerReference { ApiVersion = "example.org/v1", Kind = "Owner", Name = "one", Uid = uid }],
            },
        };
        await cluster.Client.CreateAsync(owned, Token);
        await cluster.KubectlAsync($"-n {ns} delete owner one");
        await Eventually.HoldsAsync(async () => await cluster.Client.FindAsync<ConfigMap>(ns, "owned", Token) is null, "it goes too", Token);
    }

    private const string OwnerDefinition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: owners.example.org}
        spec:
          group: example.org
          scope: Namespaced
          names: {plural: owners, singular: owner, kind: Owner}
          versions:
          - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
        """;

    private const string Outside = """
        apiVersion: v1
        kind: Service
        metadata: {name: outside}
        spec: {ports: [{port: 80}]}
        ---
        apiVersion: v1
        kind: Endpoints
        metadata: {name: outside}
        subsets: [{addresses: [{ip: 192.0.2.7}], ports: [{port: 8080}]}]
        """;

    private static string Web(int replicas) => $$$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: {{{replicas}}}
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
              - {name: web, image: "web:1", ports: [{name: http, containerPort: 3000}]}
        """;

    private static string Apart(int replicas) => Web(replicas) + """

              affinity:
                podAntiAffinity:
                  requiredDuringSchedulingIgnoredDuringExecution:
                  - {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}
        """;

    private async Task<string> DeployedAsync(string prefix, int replicas)
    {
        var ns = await cluster.NamespaceAsync(prefix);
        await cluster.KubectlAsync($"-n {ns} apply -f -", Web(replicas));
        await RolledOutAsync(ns);
        return ns;
    }

    private Task<string> RolledOutAsync(string ns) => cluster.KubectlAsync($"-n {ns} rollout status deployment/web --timeout=30s");

    private async Task<IReadOnlyList<Pod>> PodsAsync(string ns) =>
        [.. (await cluster.Client.ListAsync<Pod>(ns, null, Token)).Items.Where(pod => pod.Metadata.DeletionTimestamp is null)];

    private async Task<IReadOnlyList<ReplicaSet>> SetsAsync(string ns) => (await cluster.Client.ListAsync<ReplicaSet>(ns, null, Token)).Items;

    private Task<Deployment?> DeploymentAsync(string ns) => cluster.Client.FindAsync<Deployment>(ns, "web", Token);

    private async Task<IReadOnlyList<string>> ImagesAsync(string ns) => [.. (await PodsAsync(ns)).Select(pod => pod.Spec!.Containers![0].Image!)];

    private async Task<IReadOnlyList<string>> AddressesAsync(string ns) =>
        [.. (await cluster.Client.ListAsync<EndpointSlice>(ns, null, Token)).Items
            .SelectMany(slice => slice.Endpoints ?? [])
            .Where(endpoint => endpoint.Conditions?.Ready == true)
            .Select(endpoint => endpoint.Addresses![0])
            .Order()];

    /// <summary>READY, UP-TO-DATE and AVAILABLE as kubectl shows them.</summary>
    private async Task<string> ColumnsAsync(string ns)
    {
        var line = (await cluster.KubectlAsync($"-n {ns} get deployment web --no-headers")).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return string.Join(' ', line[1..4]);
    }

    private Task EventuallySaidAsync(string ns, string reason, string start) => Eventually.HoldsAsync(
        async () => (await cluster.Client.ListAsync<Event>(ns, new ListOptions { FieldSelector = "reason=" + reason }, Token)).Items
            .Any(item => item.Message?.StartsWith(start, StringComparison.Ordinal) == true),
        $"an event {reason} that begins with: {start}",
        Token);
}
