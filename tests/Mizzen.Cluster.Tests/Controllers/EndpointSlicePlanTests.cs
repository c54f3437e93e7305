using Mizzen.Cluster.Controllers.Services;
using Mizzen.Resources.Core;
using Mizzen.Resources.Discovery;
using static Mizzen.Cluster.Tests.Controllers.Sample;

namespace Mizzen.Cluster.Tests.Controllers;

public sealed class EndpointSlicePlanTests
{
    private static readonly Service Web = new()
    {
        Metadata = Meta("web", "team=a"),
        Spec = new ServiceSpec
        {
            ClusterIp = "10.96.0.7",
            Selector = Labels("app=web"),
            Ports = [new ServicePort { Name = "http", Port = 80, TargetPort = "web" }, new ServicePort { Name = "admin", Port = 9000 }],
        },
    };

    [Fact]
    public void A_ready_pod_becomes_an_endpoint_with_all_that_a_mesh_reads()
    {
        var slice = Assert.Single(Decide(Web, [Backend("a", 1)], []).Create);

        Assert.Matches("^web-[bcdfghjklmnpqrstvwxz2456789]{5}$", slice.Metadata.Name);
        Assert.Equal("web", slice.Metadata.Labels!["kubernetes.io/service-name"]);
        Assert.Equal("endpointslice-controller.k8s.io", slice.Metadata.Labels["endpointslice.kubernetes.io/managed-by"]);
        Assert.Equal("a", slice.Metadata.Labels["team"]);
        Assert.Equal("2026-01-02T03:04:05Z", slice.Metadata.Annotations!["endpoints.kubernetes.io/last-change-trigger-time"]);
        Assert.Equal("Service", Assert.Single(slice.Metadata.OwnerReferences!).Kind);
        Assert.Equal([("http", 8080, "TCP"), ("admin", 9000, "TCP")], slice.Ports!.Select(port => (port.Name!, port.Port!.Value, port.Protocol!)));
        var endpoint = Assert.Single(slice.Endpoints!);
        Assert.Equal(["10.244.1.1"], endpoint.Addresses);
        Assert.Equal(("n1", "zone-n1"), (endpoint.NodeName, endpoint.Zone));
        Assert.Equal(("Pod", "default", "a", "uid-a"), (endpoint.TargetRef!.Kind, endpoint.TargetRef.Namespace, endpoint.TargetRef.Name, endpoint.TargetRef.Uid));
    }

    public sealed record Row(string Sentence, bool PodReady, bool Leaving, bool Anyway, bool Ready, bool Serving, bool Terminating)
    {
        public override string ToString() => Sentence;
    }

    public static TheoryData<Row> States =>
    [
        new Row("ready", true, false, false, true, true, false),
        new Row("not ready", false, false, false, false, false, false),
        new Row("leaving, still serving", true, true, false, false, true, true),
        new Row("leaving, no longer serving", false, true, false, false, false, true),
        new Row("not ready, but published all the same", false, false, true, true, false, false),
    ];

    [Theory]
    [MemberData(nameof(States))]
    public void Conditions_tell_ready_serving_and_terminating(Row row)
    {
        var service = Web with { Spec = Web.Spec! with { PublishNotReadyAddresses = row.Anyway } };
        var pod = Backend("a", 1, row.PodReady);
        pod = row.Leaving ? pod with { Metadata = pod.Metadata with { DeletionTimestamp = Now } } : pod;
        var conditions = Decide(service, [pod], []).Create[0].Endpoints![0].Conditions;
        Assert.Equal(new EndpointConditions { Ready = row.Ready, Serving = row.Serving, Terminating = row.Terminating }, conditions);
    }

    [Theory]
    [InlineData("true", false, false)]
    [InlineData("true", true, true)]
    [InlineData("false", false, true)]
    public void A_pod_that_is_out_of_service_serves_on_but_gets_nothing_new(string value, bool anyway, bool ready)
    {
        var service = Web with { Spec = Web.Spec! with { PublishNotReadyAddresses = anyway } };
        var pod = Backend("a", 1);
        var annotations = new Dictionary<string, string> { ["mizzen.dev/out-of-service"] = value };
        var conditions = Decide(service, [pod with { Metadata = pod.Metadata with { Annotations = annotations } }], []).Create[0].Endpoints![0].Conditions;
        Assert.Equal(new EndpointConditions { Ready = ready, Serving = true, Terminating = false }, conditions);
    }

    [Fact]
    public void A_change_of_one_pod_rewrites_only_its_slice()
    {
        var pods = Enumerable.Range(1, 250).Select(number => Backend($"p{number:000}", number)).ToList();
        var slices = Decide(Web, pods, []).Create;
        Assert.Equal([100, 100, 50], slices.Select(slice => slice.Endpoints!.Count));

        pods[120] = Backend("p121", 121, ready: false);
        var plan = Decide(Web, pods, slices);
        Assert.Empty(plan.Create);
        Assert.Empty(plan.Delete);
        Assert.Contains(Assert.Single(plan.Update).Endpoints!, endpoint => endpoint.Conditions!.Ready == false);
    }

    [Fact]
    public void New_pods_fill_slices_that_have_room()
    {
        var slices = Decide(Web, [Backend("a", 1)], []).Create;
        var plan = Decide(Web, [Backend("a", 1), Backend("b", 2)], slices);
        Assert.Empty(plan.Create);
        Assert.Equal(2, Assert.Single(plan.Update).Endpoints!.Count);
    }

    [Fact]
    public void Nothing_changed_writes_nothing()
    {
        var slices = Decide(Web, [Backend("a", 1), Backend("b", 2)], []).Create;
        var plan = Decide(Web, [Backend("a", 1), Backend("b", 2)], slices);
        Assert.Equal((0, 0, 0), (plan.Create.Count, plan.Update.Count, plan.Delete.Count));
    }

    [Fact]
    public void A_service_without_pods_keeps_one_empty_slice()
    {
        var empty = Assert.Single(Decide(Web, [], []).Create);
        Assert.Null(empty.Endpoints);
        Assert.Null(empty.Ports);

        var full = Decide(Web, [Backend("a", 1)], []).Create;
        var plan = Decide(Web, [], full);
        Assert.Null(Assert.Single(plan.Update).Endpoints);
        Assert.Empty(plan.Delete);
    }

    [Fact]
    public void Pods_whose_named_port_leads_elsewhere_get_a_slice_of_their_own()
    {
        var other = Backend("b", 2);
        other = other with { Spec = other.Spec! with { Containers = [new Container { Name = "app", Ports = [new ContainerPort { Name = "web", Port = 3000 }] }] } };
        var slices = Decide(Web, [Backend("a", 1), other], []).Create;
        Assert.Equal([8080, 3000], slices.Select(slice => slice.Ports![0].Port));
    }

    [Fact]
    public void Headless_slices_and_named_hosts_are_marked()
    {
        var service = Web with { Spec = Web.Spec! with { ClusterIp = "None" } };
        var pod = Backend("a", 1);
        var slice = Decide(service, [pod with { Spec = pod.Spec! with { Hostname = "web-0", Subdomain = "web" } }], []).Create[0];
        Assert.True(slice.Metadata.Labels!.ContainsKey("service.kubernetes.io/headless"));
        Assert.Equal("web-0", slice.Endpoints![0].Hostname);
    }

    [Fact]
    public void Pods_without_an_address_or_finished_are_no_backends()
    {
        var finished = Backend("a", 1);
        Assert.Empty(ServiceBackend.Of(Web, [finished with { Status = finished.Status! with { Phase = "Succeeded" } }, Pod("b", "n1", ready: true, labels: "app=web")]));
    }

    [Fact]
    public void Endpoints_that_somebody_wrote_are_mirrored_and_go_without_a_trace()
    {
        var written = new Endpoints
        {
            Metadata = Meta("db"),
            Subsets = [new EndpointSubset { Addresses = [new EndpointAddress { Ip = "192.0.2.1" }], NotReadyAddresses = [new EndpointAddress { Ip = "192.0.2.2" }], Ports = [new EndpointsPort { Port = 5432 }] }],
        };
        var slice = Assert.Single(Mirror(written, []).Create);
        Assert.Equal(("db", "endpointslicemirroring-controller.k8s.io"), (slice.Metadata.Labels!["kubernetes.io/service-name"], slice.Metadata.Labels["endpointslice.kubernetes.io/managed-by"]));
        Assert.Equal("Endpoints", Assert.Single(slice.Metadata.OwnerReferences!).Kind);
        Assert.Equal([("192.0.2.1", true), ("192.0.2.2", false)], slice.Endpoints!.Select(endpoint => (endpoint.Addresses![0], endpoint.Conditions!.Ready!.Value)));
        Assert.Equal(5432, Assert.Single(slice.Ports!).Port);
        Assert.Empty(Mirror(written, [slice]).Update);

        // The same ports twice, the same address twice: still one slice that says it once.
        var twice = written with { Subsets = [.. written.Subsets, .. written.Subsets] };
        var plan = Mirror(twice, [slice]);
        Assert.Equal((0, 0, 0), (plan.Create.Count, plan.Update.Count, plan.Delete.Count));
        Assert.Single(Mirror(written with { Subsets = null }, [slice]).Delete);
    }

    [Fact]
    public void Endpoints_group_addresses_by_ports_and_readiness()
    {
        var endpoints = EndpointsPlan.Build(Web, ServiceBackend.Of(Web, [Backend("a", 1), Backend("b", 2, ready: false)]));
        var subset = Assert.Single(endpoints.Subsets!);
        Assert.Equal(["10.244.1.1"], subset.Addresses!.Select(address => address.Ip));
        Assert.Equal(["10.244.1.2"], subset.NotReadyAddresses!.Select(address => address.Ip));
        Assert.Equal([8080, 9000], subset.Ports!.Select(port => port.Port));
    }

    private static EndpointSlicePlan Decide(Service service, IEnumerable<Pod> pods, IReadOnlyList<EndpointSlice> existing) =>
        EndpointSlicePlan.Decide(
            SliceTemplate.Of(service), EndpointGroups.Of(ServiceBackend.Of(service, pods), node => "zone-" + node), existing, Now);

    private static EndpointSlicePlan Mirror(Endpoints written, IReadOnlyList<EndpointSlice> existing) =>
        EndpointSlicePlan.Decide(SliceTemplate.Of(written), EndpointGroups.Of(written), existing, Now);

    private static Pod Backend(string name, int number, bool ready = true)
    {
        var pod = Pod(name, "n1", ready, "Running", "app=web");
        return pod with
        {
            Spec = pod.Spec! with { Containers = [new Container { Name = "app", Ports = [new ContainerPort { Name = "web", Port = 8080 }] }] },
            Status = pod.Status! with { PodIp = $"10.244.1.{number}" },
        };
    }
}
