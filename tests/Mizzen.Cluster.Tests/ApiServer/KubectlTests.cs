namespace Mizzen.Cluster.Tests.ApiServers;

/// <summary>An unmodified kubectl against the real server.</summary>
public sealed class KubectlTests(RunningApiServer api) : IClassFixture<RunningApiServer>
{
    private const string Web = """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          labels:
            app: web
        spec:
          replicas: 2
          selector:
            matchLabels: {app: web}
          template:
            metadata:
              labels: {app: web}
            spec:
              containers:
              - name: web
                image: sample/web
                ports:
                - containerPort: 3000
        """;

    [Fact]
    public async Task Client_side_apply_creates_then_changes_then_leaves_alone()
    {
        var ns = await NamespaceAsync("apply");
        Assert.Equal("deployment.apps/web created\n", await api.KubectlAsync($"apply -n {ns} -f -", Web));
        Assert.Equal("deployment.apps/web unchanged\n", await api.KubectlAsync($"apply -n {ns} -f -", Web));
        Assert.Equal("deployment.apps/web configured\n", await api.KubectlAsync($"apply -n {ns} -f -", Web.Replace("replicas: 2", "replicas: 3", StringComparison.Ordinal)));
        Assert.Equal("3 2", await api.KubectlAsync($"get -n {ns} deployment web -o jsonpath={{.spec.replicas}}{{'\\x20'}}{{.metadata.generation}}"));
    }

    [Fact]
    public async Task Server_side_apply_tells_who_owns_what_is_contested()
    {
        var ns = await NamespaceAsync("ssa");
        Assert.Equal("deployment.apps/web serverside-applied\n", await api.KubectlAsync($"apply --server-side -n {ns} -f -", Web));
        var other = Web.Replace("replicas: 2", "replicas: 5", StringComparison.Ordinal);
        var (code, _, errors) = await api.RunKubectlAsync($"apply --server-side --field-manager=other -n {ns} -f -", other);
        Assert.Equal(1, code);
        Assert.Contains("Apply failed with 1 conflict: conflict with \"kubectl\"", errors, StringComparison.Ordinal);
        Assert.Contains(".spec.replicas", errors, StringComparison.Ordinal);
        await api.KubectlAsync($"apply --server-side --field-manager=other --force-conflicts -n {ns} -f -", other);
        Assert.Equal("5", await api.KubectlAsync($"get -n {ns} deployment web -o jsonpath={{.spec.replicas}}"));
    }

    [Fact]
    public async Task Scale_label_annotate_patch_and_delete()
    {
        var ns = await NamespaceAsync("verbs");
        await api.KubectlAsync($"apply -n {ns} -f -", Web);
        Assert.Equal("deployment.apps/web scaled\n", await api.KubectlAsync($"scale -n {ns} deployment/web --replicas=5"));
        Assert.Equal("deployment.apps/web labeled\n", await api.KubectlAsync($"label -n {ns} deployment/web tier=front"));
        Assert.Equal("deployment.apps/web annotated\n", await api.KubectlAsync($"annotate -n {ns} deployment/web note=hello"));
        Assert.Equal("deployment.apps/web image updated\n", await api.KubectlAsync($"set image -n {ns} deployment/web web=sample/web:2"));
        Assert.Equal("deployment.apps/web patched\n", await api.KubectlAsync($"patch -n {ns} deployment web --type=json -p [{{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":4}}]".Replace("\"", "\\\"", StringComparison.Ordinal)));
        Assert.Equal("4 front hello sample/web:2", await api.KubectlAsync(
            $"get -n {ns} deployment web -o jsonpath={{.spec.replicas}}{{'\\x20'}}{{.metadata.labels.tier}}{{'\\x20'}}{{.metadata.annotations.note}}{{'\\x20'}}{{.spec.template.spec.containers[0].image}}"));
        Assert.Equal("deployment.apps \"web\" deleted\n", WithoutNamespace(await api.KubectlAsync($"delete -n {ns} deployment web"), ns));
        var (code, _, errors) = await api.RunKubectlAsync($"get -n {ns} deployment web");
        Assert.Equal(1, code);
        Assert.Equal("Error from server (NotFound): deployments.apps \"web\" not found\n", errors);
    }

    [Theory]
    [InlineData("create configmap settings --from-literal=a=b", "configmap/settings created\n")]
    [InlineData("create secret generic login --from-literal=user=me", "secret/login created\n")]
    [InlineData("create serviceaccount robot", "serviceaccount/robot created\n")]
    [InlineData("create deployment made --image=sample/made --replicas=2 --port=80", "deployment.apps/made created\n")]
    [InlineData("create service clusterip front --tcp=80:3000", "service/front created\n")]
    [InlineData("create role reader --verb=get --resource=pods", "role.rbac.authorization.k8s.io/reader created\n")]
    [InlineData("create rolebinding readers --role=reader --serviceaccount=default:default", "rolebinding.rbac.authorization.k8s.io/readers created\n")]
    [InlineData("run once --image=sample/once", "pod/once created\n")]
    public async Task Create_commands_work(string command, string said)
    {
        var ns = await NamespaceAsync("create");
        Assert.Equal(said, await api.KubectlAsync($"-n {ns} {command}"));
    }

    [Fact]
    public async Task What_is_asked_for_is_listed()
    {
        var resources = await api.KubectlAsync("api-resources");
        Assert.Contains("deployments", resources, StringComparison.Ordinal);
        Assert.Contains("customresourcedefinitions", resources, StringComparison.Ordinal);
        Assert.Contains("apps/v1\n", await api.KubectlAsync("api-versions"), StringComparison.Ordinal);
        Assert.Contains("Server Version", await api.KubectlAsync("version"), StringComparison.Ordinal);
        Assert.Equal("yes\n", await api.KubectlAsync("auth can-i create deployments"));
    }

    [Fact]
    public async Task A_service_gets_an_address_and_keeps_it()
    {
        var ns = await NamespaceAsync("service");
        await api.KubectlAsync($"-n {ns} create service nodeport front --tcp=80:3000");
        var before = await api.KubectlAsync($"-n {ns} get service front -o jsonpath={{.spec.clusterIP}}:{{.spec.ports[0].nodePort}}");
        Assert.Matches(@"^10\.96\.\d+\.\d+:3\d{4}$", before);
        await api.KubectlAsync($"-n {ns} label service front a=b");
        Assert.Equal(before, await api.KubectlAsync($"-n {ns} get service front -o jsonpath={{.spec.clusterIP}}:{{.spec.ports[0].nodePort}}"));
    }

    [Fact]
    public async Task A_watch_shows_what_happens_and_wait_sees_it()
    {
        var ns = await NamespaceAsync("watch");
        using var watch = api.StartKubectl($"-n {ns} get configmaps -w -o name");
        try
        {
            Assert.Equal("configmap/kube-root-ca.crt", await watch.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            await api.KubectlAsync($"-n {ns} create configmap late --from-literal=a=b");
            Assert.Equal("configmap/late", await watch.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        }
        finally
        {
            watch.Kill();
            await watch.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_custom_kind_is_served_as_soon_as_its_definition_is_there()
    {
        const string Definition = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata:
              name: widgets.example.org
            spec:
              group: example.org
              scope: Namespaced
              names: {plural: widgets, kind: Widget, shortNames: [wd]}
              versions:
              - name: v1
                served: true
                storage: true
                subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
                additionalPrinterColumns:
                - {name: Size, type: string, jsonPath: .spec.size}
                schema:
                  openAPIV3Schema:
                    type: object
                    properties:
                      spec:
                        type: object
                        required: [size]
                        properties:
                          size: {type: string, enum: [small, large]}
                          replicas: {type: integer, default: 3, minimum: 0}
                      status: {type: object, x-kubernetes-preserve-unknown-fields: true}
            """;
        const string Widget = """
            apiVersion: example.org/v1
            kind: Widget
            metadata: {name: one}
            spec: {size: small}
            """;
        var ns = await NamespaceAsync("custom");
        await api.KubectlAsync("apply -f -", Definition);
        await api.KubectlAsync("wait --for=condition=Established crd/widgets.example.org --timeout=10s");
        Assert.Equal("widget.example.org/one created\n", await api.KubectlAsync($"-n {ns} apply -f -", Widget));
        Assert.Equal("3", await api.KubectlAsync($"-n {ns} get wd one -o jsonpath={{.spec.replicas}}"));
        await api.KubectlAsync($"-n {ns} scale widget/one --replicas=7");
        Assert.Equal("7", await api.KubectlAsync($"-n {ns} get wd one -o jsonpath={{.spec.replicas}}"));
        var (_, _, errors) = await api.RunKubectlAsync($"-n {ns} apply -f -", Widget.Replace("small", "huge", StringComparison.Ordinal));
        Assert.Contains(
            "The Widget \"one\" is invalid: spec.size: Unsupported value: \"huge\": supported values: \"small\", \"large\"", errors, StringComparison.Ordinal);
    }

    private static string WithoutNamespace(string output, string ns) => output.Replace($" from {ns} namespace", "", StringComparison.Ordinal);

    private async Task<string> NamespaceAsync(string prefix)
    {
        var name = $"{prefix}-{Guid.NewGuid():N}"[..20];
        await api.KubectlAsync($"create namespace {name}");
        return name;
    }
}
