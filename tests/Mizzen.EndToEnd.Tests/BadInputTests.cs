using Mizzen.EndToEnd.Tests.Support;

namespace Mizzen.EndToEnd.Tests;

/// <summary>What users get wrong: each mistake is named with resource, field and way out, and traffic goes on as before.</summary>
public sealed class BadInputTests(DemoCluster demo) : IClassFixture<DemoCluster>
{
    [Fact]
    public async Task An_unknown_field_is_named()
    {
        var refusal = (await demo.Cluster.ApplyAsync(VirtualService("bad", """
              hosts: [middleware]
              http:
                - rout: [{destination: {host: middleware}}]
            """))).Failed();
        Assert.Contains("rout", refusal, StringComparison.Ordinal);
        await StillServesAsync();
    }

    [Fact]
    public async Task A_wrong_type_is_named()
    {
        var refusal = (await demo.Cluster.ApplyAsync(VirtualService("bad", """
              hosts: middleware
              http:
                - route: [{destination: {host: middleware}}]
            """))).Failed();
        Assert.Contains("hosts", refusal, StringComparison.Ordinal);
        await StillServesAsync();
    }

    [Fact]
    public async Task A_destination_that_does_not_exist_is_a_warning_with_its_name()
    {
        var applied = await demo.Cluster.ApplyAsync(VirtualService("nowhere", """
              hosts: [nowhere]
              http:
                - route: [{destination: {host: nowhere-at-all}}]
            """));
        applied.Succeeded();
        Assert.Contains("nowhere-at-all", applied.Errors, StringComparison.Ordinal);
        (await demo.Cluster.KubectlAsync("delete", "virtualservice", "nowhere")).Succeeded();
        await StillServesAsync();
    }

    [Fact]
    public async Task A_subset_that_does_not_exist_is_a_warning_with_its_name()
    {
        var applied = await demo.Cluster.ApplyAsync(VirtualService("no-subset", """
              hosts: [elsewhere.example]
              http:
                - route: [{destination: {host: middleware, subset: blue}}]
            """));
        applied.Succeeded();
        Assert.Contains("blue", applied.Errors, StringComparison.Ordinal);
        (await demo.Cluster.KubectlAsync("delete", "virtualservice", "no-subset")).Succeeded();
        await StillServesAsync();
    }

    [Fact]
    public async Task Weights_that_cannot_be_meant_are_refused_all_at_once()
    {
        var refusal = (await demo.Cluster.ApplyAsync(VirtualService("bad", """
              hosts: [middleware]
              http:
                - route:
                    - {destination: {host: middleware}, weight: -5}
                    - {destination: {host: ""}, weight: 0}
            """))).Failed();
        Assert.Contains("weight", refusal, StringComparison.Ordinal);
        Assert.Contains("host", refusal, StringComparison.Ordinal);
        await StillServesAsync();
    }

    [Fact]
    public async Task Text_that_is_not_YAML_is_refused_with_its_line()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "apiVersion: v1\nkind: [\n", TestContext.Current.CancellationToken);
            var refusal = (await demo.Cluster.MizzenAsync("apply", "-f", file)).Failed();
            Assert.Contains(file, refusal, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_configuration_that_proxies_refuse_leaves_the_last_good_one_serving()
    {
        (await demo.Cluster.ApplyAsync(Mesh("%NO_SUCH_OPERATOR%"))).Succeeded();
        try
        {
            await DemoCluster.UntilAsync(
                async () => (await demo.Cluster.KubectlAsync("logs", "-n", "istio-system", "deployment/istiod")).Output.Contains("NO_SUCH_OPERATOR", StringComparison.Ordinal),
                "istiod tells the refusal");
            await StillServesAsync();
        }
        finally
        {
            (await demo.Cluster.ApplyAsync(Mesh(null))).Succeeded();
        }
    }

    [Fact]
    public async Task A_program_that_exits_at_once_is_restarted_ever_later_and_says_so()
    {
        (await demo.Cluster.KubectlAsync("create", "namespace", "crash")).Succeeded();
        try
        {
            (await demo.Cluster.MizzenAsync("image", "map", "crash/now", "--", "/bin/sh", "-c", "echo goodbye; exit 3")).Succeeded();
            (await demo.Cluster.KubectlAsync("-n", "crash", "run", "short", "--image=crash/now")).Succeeded();
            await DemoCluster.UntilAsync(
                async () => (await demo.Cluster.KubectlAsync("-n", "crash", "get", "pod", "short")).Output.Contains("CrashLoopBackOff", StringComparison.Ordinal),
                "the pod is in CrashLoopBackOff");
            Assert.Contains("goodbye", (await demo.Cluster.KubectlAsync("-n", "crash", "logs", "short")).Succeeded(), StringComparison.Ordinal);
            Assert.Contains("Exit Code:    3", (await demo.Cluster.KubectlAsync("-n", "crash", "describe", "pod", "short")).Succeeded(), StringComparison.Ordinal);
        }
        finally
        {
            (await demo.Cluster.KubectlAsync("delete", "namespace", "crash", "--wait=false")).Succeeded();
        }
    }

    [Fact]
    public async Task An_image_that_is_not_mapped_says_how_to_map_it()
    {
        (await demo.Cluster.KubectlAsync("run", "unknown", "--image=shop/cart:1.2", "--labels=sidecar.istio.io/inject=false")).Succeeded();
        try
        {
            await DemoCluster.UntilAsync(
                async () => (await demo.Cluster.KubectlAsync("describe", "pod", "unknown")).Output.Contains("mizzen image map shop/cart -- COMMAND", StringComparison.Ordinal),
                "the pod's events say how to map the image");
        }
        finally
        {
            (await demo.Cluster.KubectlAsync("delete", "pod", "unknown", "--wait=false")).Succeeded();
        }
    }

    [Fact]
    public async Task A_port_in_use_is_named_with_the_option_that_chooses_another()
    {
        using var occupied = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        occupied.Start();
        var port = ((System.Net.IPEndPoint)occupied.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var refusal = (await Command.RunAsync(
            [Testing.Repository.PathOf("mizzen"), "up", "--detach", "--name", "port-taken", "--gateway-port", port],
            new Dictionary<string, string>(),
            TestContext.Current.CancellationToken)).Failed();
        Assert.Contains(port, refusal, StringComparison.Ordinal);
        Assert.Contains("--gateway-port", refusal, StringComparison.Ordinal);
    }

    private async Task StillServesAsync() =>
        Assert.All(await demo.Client.GetManyAsync(16), answer => Assert.Equal(200, answer.Status));

    private static string VirtualService(string name, string spec) => $"""
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {"{"}name: {name}, namespace: default{"}"}
        spec:
        {spec}
        """;

    private static string Mesh(string? logFormat) => $"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {"{"}name: istio, namespace: istio-system{"}"}
        data:
          mesh: |
            accessLogFile: /dev/stdout
            {(logFormat is null ? "accessLogEncoding: JSON" : $"accessLogFormat: \"{logFormat}\"")}
        """;
}
