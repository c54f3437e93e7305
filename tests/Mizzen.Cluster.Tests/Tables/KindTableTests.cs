using System.Text.Json.Nodes;
using Mizzen.Cluster.Tables;
using Mizzen.Resources;
using Mizzen.Resources.ApiExtensions;

namespace Mizzen.Cluster.Tests.Tables;

public sealed class KindTableTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private const string Created = "\"creationTimestamp\":\"2026-01-02T03:03:35Z\"";

    // Headings as Kubernetes 1.32 gives them; those behind the bar are shown with -o wide.
    [Theory]
    [InlineData("pods", "Name Ready Status Restarts Age | IP Node Nominated_Node Readiness_Gates")]
    [InlineData("deployments", "Name Ready Up-to-date Available Age | Containers Images Selector")]
    [InlineData("replicasets", "Name Desired Current Ready Age | Containers Images Selector")]
    [InlineData("services", "Name Type Cluster-IP External-IP Port(s) Age | Selector")]
    [InlineData("endpoints", "Name Endpoints Age |")]
    [InlineData("endpointslices", "Name AddressType Ports Endpoints Age |")]
    [InlineData("nodes", "Name Status Roles Age Version | Internal-IP External-IP OS-Image Kernel-Version Container-Runtime")]
    [InlineData("namespaces", "Name Status Age |")]
    [InlineData("events", "Last_Seen Type Reason Object Message | Subobject Source First_Seen Count Name")]
    [InlineData("configmaps", "Name Data Age |")]
    [InlineData("secrets", "Name Type Data Age |")]
    [InlineData("serviceaccounts", "Name Secrets Age |")]
    [InlineData("leases", "Name Holder Age |")]
    [InlineData("roles", "Name Created_At |")]
    [InlineData("clusterroles", "Name Created_At |")]
    [InlineData("rolebindings", "Name Role Age | Users Groups ServiceAccounts")]
    [InlineData("clusterrolebindings", "Name Role Age | Users Groups ServiceAccounts")]
    [InlineData("mutatingwebhookconfigurations", "Name Webhooks Age |")]
    [InlineData("validatingwebhookconfigurations", "Name Webhooks Age |")]
    [InlineData("customresourcedefinitions", "Name Created_At |")]
    [InlineData("ingresses", "Name Class Hosts Address Ports Age |")]
    [InlineData("virtualservices", "Name Gateways Hosts Age |")]
    [InlineData("gateways", "Name Age |")]
    public void Columns(string plural, string expected)
    {
        var columns = KindTable.For(Kind(plural)).Columns;
        var narrow = columns.Where(column => column.Priority == 0).Select(column => column.Name.Replace(' ', '_'));
        var wide = columns.Where(column => column.Priority > 0).Select(column => column.Name.Replace(' ', '_'));
        Assert.Equal(expected, $"{string.Join(' ', narrow)} | {string.Join(' ', wide)}".TrimEnd());
    }

    [Theory]
    [InlineData(
        "deployments",
        """{"metadata":{"name":"web",CREATED},"spec":{"replicas":3,"selector":{"matchLabels":{"b":"2","a":"1"},"matchExpressions":[{"key":"c","operator":"In","values":["y","x"]},{"key":"d","operator":"DoesNotExist"}]},"template":{"spec":{"containers":[{"name":"app","image":"app:1"},{"name":"log","image":"log:2"}]}}},"status":{"readyReplicas":2,"updatedReplicas":3,"availableReplicas":1}}""",
        "web;2/3;3;1;30s;app,log;app:1,log:2;a=1,b=2,c in (x,y),!d")]
    [InlineData("deployments", """{"metadata":{"name":"new"},"spec":{"replicas":1}}""", "new;0/1;0;0;<unknown>;;;<none>")]
    [InlineData(
        "replicasets",
        """{"metadata":{"name":"web-5",CREATED},"spec":{"replicas":3},"status":{"replicas":2,"readyReplicas":1}}""",
        "web-5;3;2;1;30s;;;<none>")]
    [InlineData(
        "services",
        """{"metadata":{"name":"web",CREATED},"spec":{"type":"ClusterIP","clusterIP":"10.96.0.7","clusterIPs":["10.96.0.7"],"ports":[{"port":80,"protocol":"TCP"},{"port":53,"protocol":"UDP"}],"selector":{"b":"2","a":"1"}}}""",
        "web;ClusterIP;10.96.0.7;<none>;80/TCP,53/UDP;30s;a=1,b=2")]
    [InlineData(
        "services",
        """{"metadata":{"name":"gw",CREATED},"spec":{"type":"LoadBalancer","clusterIP":"10.96.0.8","ports":[{"port":80,"nodePort":30080,"protocol":"TCP"}]}}""",
        "gw;LoadBalancer;10.96.0.8;<pending>;80:30080/TCP;30s;<none>")]
    [InlineData(
        "services",
        """{"metadata":{"name":"gw",CREATED},"spec":{"type":"LoadBalancer","clusterIP":"10.96.0.8"},"status":{"loadBalancer":{"ingress":[{"ip":"127.0.0.10"},{"hostname":"a.example"}]}}}""",
        "gw;LoadBalancer;10.96.0.8;127.0.0.10,a.example;<none>;30s;<none>")]
    [InlineData("services", """{"metadata":{"name":"db",CREATED},"spec":{"type":"ExternalName","externalName":"db.example"}}""", "db;ExternalName;<none>;db.example;<none>;30s;<none>")]
    [InlineData("services", """{"metadata":{"name":"h",CREATED},"spec":{"type":"ClusterIP","clusterIP":"None"}}""", "h;ClusterIP;None;<none>;<none>;30s;<none>")]
    [InlineData(
        "endpoints",
        """{"metadata":{"name":"web",CREATED},"subsets":[{"addresses":[{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}],"ports":[{"port":80},{"port":90}]}]}""",
        "web;10.0.0.1:80,10.0.0.2:80,10.0.0.1:90 + 1 more...;30s")]
    [InlineData("endpoints", """{"metadata":{"name":"web",CREATED}}""", "web;<none>;30s")]
    [InlineData(
        "endpointslices",
        """{"metadata":{"name":"web-x",CREATED},"addressType":"IPv4","ports":[{"port":80}],"endpoints":[{"addresses":["10.0.0.1"]},{"addresses":["10.0.0.2"]},{"addresses":["10.0.0.3"]},{"addresses":["10.0.0.4"]},{"addresses":["10.0.0.5"]}]}""",
        "web-x;IPv4;80;10.0.0.1,10.0.0.2,10.0.0.3 + 2 more...;30s")]
    [InlineData("endpointslices", """{"metadata":{"name":"web-x",CREATED},"addressType":"IPv4","ports":null,"endpoints":null}""", "web-x;IPv4;<unset>;<unset>;30s")]
    [InlineData(
        "nodes",
        """{"metadata":{"name":"node-1",CREATED,"labels":{"node-role.kubernetes.io/worker":"","node-role.kubernetes.io/control-plane":""}},"spec":{"unschedulable":true},"status":{"conditions":[{"type":"Ready","status":"True"}],"addresses":[{"type":"InternalIP","address":"10.0.0.9"}],"nodeInfo":{"kubeletVersion":"v1.32.5","osImage":"Debian","kernelVersion":"6.1","containerRuntimeVersion":"mizzen://1"}}}""",
        "node-1;Ready,SchedulingDisabled;control-plane,worker;30s;v1.32.5;10.0.0.9;<none>;Debian;6.1;mizzen://1")]
    [InlineData("nodes", """{"metadata":{"name":"n"},"status":{"conditions":[{"type":"Ready","status":"Unknown"}]}}""", "n;NotReady;<none>;<unknown>;;<none>;<none>;<unknown>;<unknown>;<unknown>")]
    [InlineData("namespaces", """{"metadata":{"name":"default",CREATED},"status":{"phase":"Active"}}""", "default;Active;30s")]
    [InlineData(
        "events",
        """{"metadata":{"name":"p.1"},"type":"Warning","reason":"BackOff","message":" Back-off restarting \n","involvedObject":{"kind":"Pod","name":"p","fieldPath":"spec.containers{app}"},"source":{"component":"kubelet","host":"node-1"},"firstTimestamp":"2026-01-02T03:00:05Z","lastTimestamp":"2026-01-02T03:03:05Z","count":7}""",
        "60s;Warning;BackOff;pod/p;spec.containers{app};kubelet, node-1;Back-off restarting;4m;7;p.1")]
    [InlineData(
        "events",
        """{"metadata":{"name":"p.2"},"type":"Normal","reason":"Scheduled","message":"ok","involvedObject":{"kind":"Pod","name":"p"},"eventTime":"2026-01-02T03:04:00.123456Z","reportingComponent":"default-scheduler","reportingInstance":"s-1"}""",
        "4s;Normal;Scheduled;pod/p;;default-scheduler, s-1;ok;4s;1;p.2")]
    [InlineData("configmaps", """{"metadata":{"name":"c",CREATED},"data":{"a":"1","b":"2"},"binaryData":{"c":""}}""", "c;3;30s")]
    [InlineData("secrets", """{"metadata":{"name":"s",CREATED},"type":"Opaque","data":{"a":""}}""", "s;Opaque;1;30s")]
    [InlineData("serviceaccounts", """{"metadata":{"name":"default",CREATED}}""", "default;0;30s")]
    [InlineData("leases", """{"metadata":{"name":"l",CREATED},"spec":{"holderIdentity":"node-1"}}""", "l;node-1;30s")]
    [InlineData("roles", """{"metadata":{"name":"r",CREATED}}""", "r;2026-01-02T03:03:35Z")]
    [InlineData(
        "rolebindings",
        """{"metadata":{"name":"b",CREATED},"roleRef":{"kind":"ClusterRole","name":"view"},"subjects":[{"kind":"User","name":"ann"},{"kind":"ServiceAccount","namespace":"ns","name":"sa"},{"kind":"Group","name":"g"},{"kind":"User","name":"bob"}]}""",
        "b;ClusterRole/view;30s;ann, bob;g;ns/sa")]
    [InlineData("mutatingwebhookconfigurations", """{"metadata":{"name":"w",CREATED},"webhooks":[{},{}]}""", "w;2;30s")]
    [InlineData("ingresses", """{"metadata":{"name":"i",CREATED},"spec":{"rules":[{"host":"a"},{"host":"b"}],"tls":[{}]}}""", "i;<none>;a,b;;80, 443;30s")]
    [InlineData("virtualservices", """{"metadata":{"name":"v",CREATED},"spec":{"hosts":["reviews"],"gateways":["mesh","gw"]}}""", """v;["mesh","gw"];["reviews"];30s""")]
    [InlineData("virtualservices", """{"metadata":{"name":"v",CREATED},"spec":{"hosts":["*"]}}""", """v;;["*"];30s""")]
    [InlineData("serviceentries", """{"metadata":{"name":"e",CREATED},"spec":{"hosts":["a"],"location":"MESH_EXTERNAL","resolution":"DNS"}}""", """e;["a"];MESH_EXTERNAL;DNS;30s""")]
    public void Row(string plural, string json, string expected)
    {
        var node = (JsonObject)JsonNode.Parse(json.Replace("CREATED", Created, StringComparison.Ordinal))!;
        var cells = KindTable.For(Kind(plural)).Cells(node, Now).Select(cell => cell?.ToString() ?? "");
        Assert.Equal(expected, string.Join(';', cells));
    }

    [Fact]
    public void Every_kind_has_as_many_cells_as_columns_whatever_the_object_lacks() => Assert.All(KindCatalog.All, kind =>
    {
        var table = KindTable.For(kind);
        Assert.Equal(table.Columns.Count, table.Cells([], Now).Count);
        Assert.Equal(table.Columns.Count, table.Cells((JsonObject)JsonNode.Parse("""{"metadata":1,"spec":[],"status":"x"}""")!, Now).Count);
    });

    [Theory]
    [InlineData("string", ".spec.host", "reviews")]
    [InlineData("string", ".spec.count", "3")]
    [InlineData("string", ".spec.list", "[1,2]")]
    [InlineData("integer", ".spec.count", "3")]
    [InlineData("integer", ".spec.host", "")]
    [InlineData("boolean", ".spec.on", "true")]
    [InlineData("number", ".spec.part", "0.5")]
    [InlineData("date", ".metadata.creationTimestamp", "30s")]
    [InlineData("date", ".spec.host", "<invalid>")]
    [InlineData("string", ".spec.list[1]", "2")]
    [InlineData("string", ".spec.list[-1]", "2")]
    [InlineData("string", ".spec.list[7]", "")]
    [InlineData("string", ".status.conditions[?(@.type==\"Ready\")].status", "True")]
    [InlineData("string", ".status.conditions[?(@.type=='Gone')].status", "")]
    [InlineData("string", ".status.conditions[*].type", "Other")]
    [InlineData("string", ".metadata.annotations.example\\.com/why", "because")]
    [InlineData("string", ".metadata.annotations['example.com/why']", "because")]
    [InlineData("string", ".spec.absent.deeper", "")]
    [InlineData("string", ".spec.list[?(@", "")]
    [InlineData("string", ".spec..host", "")]
    public void A_printer_column(string type, string path, string expected)
    {
        var json = (JsonObject)JsonNode.Parse($$"""
            {"metadata":{"name":"x",{{Created}},"annotations":{"example.com/why":"because"} },
             "spec":{"host":"reviews","count":3,"on":true,"part":0.5,"list":[1,2]},
             "status":{"conditions":[{"type":"Other","status":"False"},{"type":"Ready","status":"True"}]} }
            """)!;
        var table = KindTable.ForDefinition([new PrinterColumn { Name = "C", Type = type, JsonPath = path }]);
        Assert.Equal(expected, table.Cells(json, Now)[1]?.ToString() ?? "");
    }

    [Fact]
    public void A_definition_without_columns_shows_the_age() =>
        Assert.Equal(["Name", "Age"], KindTable.ForDefinition(null).Columns.Select(column => column.Name));

    private static ResourceKind Kind(string plural) => KindCatalog.All.First(kind => kind.Plural == plural);
}
