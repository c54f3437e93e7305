namespace Mizzen.Cluster.Tests.ApiServers;

/// <summary>What kubectl shows, and the commands that read before they write.</summary>
public sealed class KubectlReadTests(RunningApiServer api) : IClassFixture<RunningApiServer>, IAsyncLifetime
{
    private const string Objects = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: shown}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: shown}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
              - {name: web, image: sample/web, env: [{name: PORT, value: "3000"}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: shown}
        spec:
          selector: {app: web}
          ports: [{port: 80, targetPort: 3000}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: alone, namespace: shown}
        spec:
          containers: [{name: c, image: sample/c}]
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings, namespace: shown}
        data: {a: b}
        ---
        apiVersion: v1
        kind: Node
        metadata: {name: node-1}
        """;

    public async ValueTask InitializeAsync() => await api.KubectlAsync("apply -f -", Objects);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("get deployments", "NAME READY UP-TO-DATE AVAILABLE AGE")]
    [InlineData("get deployments -o wide", "NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR")]
    [InlineData("get pods", "NAME READY STATUS RESTARTS AGE")]
    [InlineData("get pods -A", "NAMESPACE NAME READY STATUS RESTARTS AGE")]
    [InlineData("get svc", "NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE")]
    [InlineData("get cm", "NAME DATA AGE")]
    [InlineData("get nodes", "NAME STATUS ROLES AGE VERSION")]
    [InlineData("get ns", "NAME STATUS AGE")]
    [InlineData("get sa", "NAME SECRETS AGE")]
    [InlineData("get endpointslices -n default", "NAME ADDRESSTYPE PORTS ENDPOINTS AGE")]
    public async Task Get_shows_the_columns_of_kubernetes(string command, string columns)
    {
        var lines = (await api.KubectlAsync(command.Contains("-n ", StringComparison.Ordinal) ? command : command + " -n shown")).Split('\n');
        Assert.Equal(columns, string.Join(' ', lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.True(lines.Length > 2);
    }

    [Theory]
    [InlineData("describe deployment web", "StrategyType:")]
    [InlineData("describe pod alone", "Service Account:")]
    [InlineData("describe service web", "TargetPort:")]
    [InlineData("describe node node-1", "node-1")]
    [InlineData("describe namespace shown", "Active")]
    [InlineData("describe configmap settings", "Data")]
    [InlineData("get all", "deployment.apps/web")]
    [InlineData("get deployment web -o yaml", "kind: Deployment")]
    [InlineData("get events", "")]
    [InlineData("explain deployment.spec.replicas", "replicas")]
    [InlineData("rollout history deployment/web", "deployment.apps/web")]
    [InlineData("cluster-info", "running")]
    [InlineData("auth can-i --list", "*.*")]
    public async Task Commands_that_read_work(string command, string shown) =>
        Assert.Contains(shown, await api.KubectlAsync(command + " -n shown"), StringComparison.Ordinal);

    [Theory]
    [InlineData("rollout restart deployment/web", "deployment.apps/web restarted\n")]
    [InlineData("rollout pause deployment/web", "deployment.apps/web paused\n")]
    [InlineData("set env deployment/web A=b", "deployment.apps/web env updated\n")]
    [InlineData("set resources deployment/web --limits=cpu=1", "deployment.apps/web resource requirements updated\n")]
    [InlineData("expose deployment web --name=exposed --port=80", "service/exposed exposed\n")]
    [InlineData("cordon node-1", "node/node-1 cordoned\n")]
    [InlineData("taint node node-1 a=b:NoSchedule --overwrite", "node/node-1")]
    [InlineData("label pod alone x=y --overwrite", "pod/alone")]
    public async Task Commands_that_change_work(string command, string said) =>
        Assert.StartsWith(said, await api.KubectlAsync("-n shown " + command), StringComparison.Ordinal);

    [Fact]
    public async Task Diff_shows_what_an_apply_would_change_and_changes_nothing()
    {
        var (code, output, _) = await api.RunKubectlAsync("diff -f -", """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings, namespace: shown}
            data: {a: c}
            """);
        Assert.Equal(1, code);
        Assert.Contains("-  a: b\n+  a: c\n", output, StringComparison.Ordinal);
        Assert.Equal("b", await api.KubectlAsync("get cm settings -n shown -o jsonpath={.data.a}"));
    }

    [Fact]
    public async Task Replace_delete_and_wait_for_the_deletion()
    {
        await api.KubectlAsync("create configmap replaced -n shown --from-literal=a=b");
        const string Next = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"replaced","namespace":"shown"},"data":{"a":"z"}}""";
        Assert.Equal("configmap/replaced replaced\n", await api.KubectlAsync("replace -f -", Next));
        using var wait = api.StartKubectl("wait --for=delete configmap/replaced -n shown --timeout=20s");
        await api.KubectlAsync("delete configmap replaced -n shown");
        await wait.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, wait.ExitCode);
    }

    [Fact]
    public async Task Old_manifests_apply_with_a_warning()
    {
        var (code, output, errors) = await api.RunKubectlAsync("apply -n shown -f -", """
            apiVersion: extensions/v1beta1
            kind: Deployment
            metadata: {name: veteran}
            spec:
              template:
                metadata: {labels: {app: veteran}}
                spec:
                  containers: [{name: c, image: sample/c}]
            """);
        Assert.True(code == 0, errors);
        Assert.Equal("deployment.extensions/veteran created\n", output);
        Assert.Contains("extensions/v1beta1 Deployment is deprecated", errors, StringComparison.Ordinal);
        Assert.Contains("veteran", await api.KubectlAsync("get deploy -n shown"), StringComparison.Ordinal);
    }
}
