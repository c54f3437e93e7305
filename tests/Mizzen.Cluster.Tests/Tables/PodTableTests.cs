using System.Text.Json.Nodes;
using Mizzen.Cluster.Tables;
using Mizzen.Resources;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Tests.Tables;

public sealed class PodTableTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private const string FiveMinutesAgo = "2026-01-02T02:59:05Z";

    private const string OneApp = """{"containers":[{"name":"app"}]}""";
    private const string Running = """{"name":"app","ready":true,"restartCount":0,"state":{"running":{}}}""";
    private const string Ready = """{"type":"Ready","status":"True"}""";

    [Theory]
    [InlineData("not scheduled yet", OneApp, """{"phase":"Pending"}""", "0/1 Pending 0")]
    [InlineData("held by a gate", OneApp, """{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"SchedulingGated"}]}""", "0/1 SchedulingGated 0")]
    [InlineData("starting", OneApp, """{"phase":"Pending","containerStatuses":[{"name":"app","state":{"waiting":{"reason":"ContainerCreating"}}}]}""", "0/1 ContainerCreating 0")]
    [InlineData("running", OneApp, """{"phase":"Running","containerStatuses":[RUNNING]}""", "1/1 Running 0")]
    [InlineData("not ready", OneApp, """{"phase":"Running","containerStatuses":[{"name":"app","ready":false,"state":{"running":{}}}]}""", "0/1 Running 0")]
    [InlineData(
        "crashing",
        OneApp,
        """{"phase":"Running","containerStatuses":[{"name":"app","restartCount":3,"state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"exitCode":1,"finishedAt":"2026-01-02T03:01:05Z"}}}]}""",
        "0/1 CrashLoopBackOff 3 (3m ago)")]
    [InlineData("no image", OneApp, """{"phase":"Pending","containerStatuses":[{"name":"app","state":{"waiting":{"reason":"ErrImagePull"}}}]}""", "0/1 ErrImagePull 0")]
    [InlineData("done", OneApp, """{"phase":"Succeeded","containerStatuses":[{"name":"app","state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]}""", "0/1 Completed 0")]
    [InlineData("failed", OneApp, """{"phase":"Failed","containerStatuses":[{"name":"app","state":{"terminated":{"exitCode":3,"reason":"Error"}}}]}""", "0/1 Error 0")]
    [InlineData("failed without a reason", OneApp, """{"phase":"Failed","containerStatuses":[{"name":"app","state":{"terminated":{"exitCode":3}}}]}""", "0/1 ExitCode:3 0")]
    [InlineData("killed without a reason", OneApp, """{"phase":"Failed","containerStatuses":[{"name":"app","state":{"terminated":{"exitCode":137,"signal":9}}}]}""", "0/1 Signal:9 0")]
    [InlineData("evicted", OneApp, """{"phase":"Failed","reason":"Evicted"}""", "0/1 Evicted 0")]
    [InlineData(
        "one container done, the other runs and the pod is ready",
        """{"containers":[{"name":"app"},{"name":"task"}]}""",
        """{"phase":"Running","conditions":[READY],"containerStatuses":[RUNNING,{"name":"task","state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]}""",
        "1/2 Running 0")]
    [InlineData(
        "the first container done, the second runs and the pod is ready",
        """{"containers":[{"name":"task"},{"name":"app"}]}""",
        """{"phase":"Running","conditions":[READY],"containerStatuses":[{"name":"task","state":{"terminated":{"exitCode":0,"reason":"Completed"}}},RUNNING]}""",
        "1/2 Running 0")]
    [InlineData(
        "the first container done, the second runs but the pod is not ready",
        """{"containers":[{"name":"task"},{"name":"app"}]}""",
        """{"phase":"Running","containerStatuses":[{"name":"task","state":{"terminated":{"exitCode":0,"reason":"Completed"}}},RUNNING]}""",
        "1/2 NotReady 0")]
    [InlineData(
        "first of two init containers",
        """{"initContainers":[{"name":"i"},{"name":"j"}],"containers":[{"name":"app"}]}""",
        """{"phase":"Pending","initContainerStatuses":[{"name":"i","state":{"running":{}}},{"name":"j","state":{"waiting":{"reason":"PodInitializing"}}}],"containerStatuses":[{"name":"app","state":{"waiting":{"reason":"PodInitializing"}}}]}""",
        "0/1 Init:0/2 0")]
    [InlineData(
        "second of two init containers",
        """{"initContainers":[{"name":"i"},{"name":"j"}],"containers":[{"name":"app"}]}""",
        """{"phase":"Pending","initContainerStatuses":[{"name":"i","state":{"terminated":{"exitCode":0}}},{"name":"j","state":{"waiting":{"reason":"PodInitializing"}}}]}""",
        "0/1 Init:1/2 0")]
    [InlineData(
        "an init container fails",
        """{"initContainers":[{"name":"i"}],"containers":[{"name":"app"}]}""",
        """{"phase":"Pending","initContainerStatuses":[{"name":"i","restartCount":2,"state":{"terminated":{"exitCode":1,"reason":"Error"}}}]}""",
        "0/1 Init:Error 2")]
    [InlineData(
        "an init container crashes again and again",
        """{"initContainers":[{"name":"i"}],"containers":[{"name":"app"}]}""",
        """{"phase":"Pending","initContainerStatuses":[{"name":"i","restartCount":4,"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}""",
        "0/1 Init:CrashLoopBackOff 4")]
    [InlineData(
        "an init container is through: its restarts no longer count",
        """{"initContainers":[{"name":"i"}],"containers":[{"name":"app"}]}""",
        """{"phase":"Running","initContainerStatuses":[{"name":"i","restartCount":2,"state":{"terminated":{"exitCode":0}}}],"containerStatuses":[RUNNING]}""",
        "1/1 Running 0")]
    [InlineData(
        "a sidecar beside the app counts as a container, its restarts too",
        """{"initContainers":[{"name":"proxy","restartPolicy":"Always"}],"containers":[{"name":"app"}]}""",
        """{"phase":"Running","initContainerStatuses":[{"name":"proxy","started":true,"ready":true,"restartCount":1,"state":{"running":{}}}],"containerStatuses":[RUNNING]}""",
        "2/2 Running 1")]
    [InlineData(
        "a sidecar that has not started yet",
        """{"initContainers":[{"name":"proxy","restartPolicy":"Always"}],"containers":[{"name":"app"}]}""",
        """{"phase":"Pending","initContainerStatuses":[{"name":"proxy","started":false,"state":{"running":{}}}]}""",
        "0/2 Init:0/1 0")]
    public void Ready_status_and_restarts(string what, string spec, string status, string expected) =>
        Assert.Equal($"{what}: {expected}", $"{what}: {Summary($$"""{"metadata":{"name":"p"},"spec":{{spec}},"status":{{Filled(status)}}}""")}");

    private static string Filled(string status) =>
        status.Replace("RUNNING", Running, StringComparison.Ordinal).Replace("READY", Ready, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"phase":"Running"}""", "Terminating")]
    [InlineData("""{"phase":"Running","reason":"NodeLost"}""", "Unknown")]
    [InlineData("""{"phase":"Succeeded"}""", "Succeeded")]
    public void A_pod_that_is_being_deleted(string status, string expected) => Assert.Equal(
        $"0/1 {expected} 0",
        Summary($$"""{"metadata":{"name":"p","deletionTimestamp":"2026-01-02T03:04:00Z"},"spec":{{OneApp}},"status":{{status}}}"""));

    [Fact]
    public void The_wide_columns()
    {
        var pod = $$$"""
            {"metadata":{"name":"p","creationTimestamp":"{{{FiveMinutesAgo}}}"},
             "spec":{"nodeName":"node-1","containers":[{"name":"app"}],"readinessGates":[{"conditionType":"a"},{"conditionType":"b"}]},
             "status":{"phase":"Running","podIP":"10.244.1.2","podIPs":[{"ip":"10.244.1.2"}],"conditions":[{"type":"a","status":"True"}]}}
            """;
        Assert.Equal(["p", "0/1", "Running", "0", "5m", "10.244.1.2", "node-1", "<none>", "1/2"], Row(pod));
        Assert.Equal(["p", "0/0", "", "0", "<unknown>", "<none>", "<none>", "<none>", "<none>"], Row("""{"metadata":{"name":"p"}}"""));
    }

    private static string Summary(string pod) => string.Join(' ', Row(pod).Skip(1).Take(3));

    private static List<string> Row(string pod) =>
        [.. KindTable.For(KindCatalog.Of<Pod>()).Cells((JsonObject)JsonNode.Parse(pod)!, Now).Select(cell => cell!.ToString())];
}
