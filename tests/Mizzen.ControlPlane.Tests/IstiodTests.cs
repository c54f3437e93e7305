using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Envoy.Service.Discovery.V3;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Mizzen.Client;
using Mizzen.ControlPlane.Serving;
using Mizzen.Resources.Admission;
using Mizzen.Resources.Authentication;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;
using Mizzen.Testing;
using Mizzen.Xds.Sessions;

namespace Mizzen.ControlPlane.Tests;

public sealed class IstiodTests(RunningMesh mesh) : IClassFixture<RunningMesh>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_API_server_trusts_the_webhooks_and_validation_is_binding()
    {
        await Eventually.HoldsAsync(
            async () => (await mesh.Client.GetAsync<ValidatingWebhookConfiguration>(null, "istio-validator-istio-system", Cancellation)).Webhooks!
                .All(webhook => webhook is { FailurePolicy: "Fail", ClientConfig.CaBundle: not null }),
            "the validator fails closed",
            Cancellation);
        await WebhooksAreTrustedAsync();
    }

    [Fact]
    public async Task A_pod_of_a_labelled_namespace_gets_the_proxy()
    {
        await WebhooksAreTrustedAsync();
        await CreateNamespaceAsync("inject", ("istio-injection", "enabled"));
        var pod = await mesh.Client.CreateAsync(PodIn("inject"), Cancellation);
        Assert.Equal(["app", "istio-proxy"], pod.Spec!.Containers!.Select(container => container.Name));
        Assert.Equal("istio-init", pod.Spec.InitContainers!.Single().Name);
    }

    [Fact]
    public async Task A_pod_of_another_namespace_stays_as_it_is()
    {
        await WebhooksAreTrustedAsync();
        await CreateNamespaceAsync("plain");
        var pod = await mesh.Client.CreateAsync(PodIn("plain"), Cancellation);
        Assert.Equal(["app"], pod.Spec!.Containers!.Select(container => container.Name));
    }

    [Fact]
    public async Task An_object_with_mistakes_is_refused_by_the_API()
    {
        await The_API_server_trusts_the_webhooks_and_validation_is_binding();
        await CreateNamespaceAsync("mistakes");
        var wrong = new VirtualService { Metadata = new ObjectMeta { Name = "wrong", Namespace = "mistakes" } };
        var error = await Assert.ThrowsAsync<ApiException>(() => mesh.Client.CreateAsync(wrong, Cancellation));
        Assert.Contains("validation.istio.io", error.Message, StringComparison.Ordinal);
        Assert.Contains("VirtualService mistakes/wrong: spec", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_namespace_has_the_root_certificate_even_if_somebody_removes_it()
    {
        await CreateNamespaceAsync("rooted");
        await HasRootAsync("rooted");
        await mesh.Client.DeleteAsync<ConfigMap>("rooted", "istio-ca-root-cert", null, Cancellation);
        await HasRootAsync("rooted");
    }

    [Fact]
    public async Task Another_control_plane_has_the_same_root()
    {
        await using var other = await mesh.StartIstiodAsync();
        Assert.Equal(mesh.Istiod.RootCertificatePem, other.RootCertificatePem);
    }

    [Fact]
    public async Task A_proxy_with_its_token_follows_the_mesh()
    {
        await CreateNamespaceAsync("follow");
        await mesh.Client.CreateAsync(new ServiceAccount { Metadata = new ObjectMeta { Name = "web", Namespace = "follow" } }, Cancellation);
        using var channel = Channel();
        using var stream = await ConnectAsync(channel, "follow", "web");
        await stream.RequestStream.WriteAsync(Ask(ResourceTypes.Cluster, "follow", "web"), Cancellation);
        var first = await NextAsync(stream);
        Assert.Contains(first.Resources, cluster => cluster.Name == "PassthroughCluster");
        await AnswerAsync(stream, first, null);

        await mesh.Client.CreateAsync(ServiceNamed("reviews", "follow"), Cancellation);
        await ReceivedAsync(stream, "outbound|9080||reviews.follow.svc.cluster.local");
        await mesh.Client.DeleteAsync<Service>("follow", "reviews", null, Cancellation);
        await RemovedAsync(stream, "outbound|9080||reviews.follow.svc.cluster.local");
    }

    [Fact]
    public async Task What_a_proxy_refuses_is_said_in_the_status_of_the_users_object()
    {
        await CreateNamespaceAsync("refuse");
        await mesh.Client.CreateAsync(new ServiceAccount { Metadata = new ObjectMeta { Name = "web", Namespace = "refuse" } }, Cancellation);
        await mesh.Client.CreateAsync(ServiceNamed("ratings", "refuse"), Cancellation);
        await mesh.Client.CreateAsync(RouteTo("ratings", "refuse"), Cancellation);
        using var channel = Channel();
        using var stream = await ConnectAsync(channel, "refuse", "web");
        await stream.RequestStream.WriteAsync(Ask(ResourceTypes.Route, "refuse", "web", "9080"), Cancellation);
        var routes = await RoutesWithAsync(stream, "refuse/virtual-service/ratings");
        await AnswerAsync(stream, routes, "route 9080 is not to my taste");
        await Eventually.HoldsAsync(async () => Condition(await RouteAsync()) is { Status: "False", Reason: "Refused" }, "the refusal is in the status", Cancellation);
        Assert.Contains("not to my taste", Condition(await RouteAsync())!.Message, StringComparison.Ordinal);

        Task<VirtualService> RouteAsync() => mesh.Client.GetAsync<VirtualService>("refuse", "ratings", Cancellation);
        static Condition? Condition(VirtualService service) => service.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Reconciled");
    }

    [Fact]
    public async Task The_status_of_an_object_says_when_every_proxy_has_it()
    {
        await CreateNamespaceAsync("reached");
        await mesh.Client.CreateAsync(new ServiceAccount { Metadata = new ObjectMeta { Name = "web", Namespace = "reached" } }, Cancellation);
        await mesh.Client.CreateAsync(ServiceNamed("details", "reached"), Cancellation);
        await mesh.Client.CreateAsync(RouteTo("details", "reached"), Cancellation);
        using var channel = Channel();
        using var stream = await ConnectAsync(channel, "reached", "web");
        await stream.RequestStream.WriteAsync(Ask(ResourceTypes.Route, "reached", "web", "9080"), Cancellation);
        var routes = await RoutesWithAsync(stream, "reached/virtual-service/details");

        await Eventually.HoldsAsync(async () => await ConditionAsync() is { Status: "False", Reason: "Pending" }, "the proxy has not answered yet", Cancellation);
        await AnswerAsync(stream, routes, null);
        await Eventually.HoldsAsync(async () => await ConditionAsync() is { Status: "True", Reason: "Accepted" }, "the proxy has it", Cancellation);
        Assert.Matches("^([0-9]+)/\\1 proxies up to date$", (await ConditionAsync())!.Message);

        async Task<Condition?> ConditionAsync() =>
            (await mesh.Client.GetAsync<VirtualService>("reached", "details", Cancellation)).Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Reconciled");
    }

    [Fact]
    public async Task A_host_without_an_address_gets_one_in_its_status()
    {
        await CreateNamespaceAsync("allocated");
        var spec = new ServiceEntrySpec { Hosts = ["out.example.com"], Ports = [new Port { Number = 5432, Name = "tcp", Protocol = "TCP" }], Resolution = "DNS" };
        await mesh.Client.CreateAsync(new ServiceEntry { Metadata = new ObjectMeta { Name = "out", Namespace = "allocated" }, Spec = spec }, Cancellation);

        await Eventually.HoldsAsync(async () => (await EntryAsync()).Status?.Addresses is { Count: 2 }, "the addresses are in the status", Cancellation);
        Assert.All((await EntryAsync()).Status!.Addresses!, address => Assert.Equal("out.example.com", address.Host));
        Assert.StartsWith("240.240.", (await EntryAsync()).Status!.Addresses![0].Value, StringComparison.Ordinal);

        Task<ServiceEntry> EntryAsync() => mesh.Client.GetAsync<ServiceEntry>("allocated", "out", Cancellation);
    }

    [Fact]
    public async Task A_patch_that_proxies_cannot_have_is_said_in_the_status_of_its_filter()
    {
        await CreateNamespaceAsync("patched");
        var value = System.Text.Json.JsonSerializer.SerializeToElement(new { name = "lua", typed_config = new Dictionary<string, string> { ["@type"] = "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua" } });
        var patch = new EnvoyConfigObjectPatch { ApplyTo = "HTTP_FILTER", Patch = new EnvoyPatchValue { Operation = "INSERT_FIRST", Value = value } };
        await mesh.Client.CreateAsync(new EnvoyFilter { Metadata = new ObjectMeta { Name = "lua", Namespace = "patched" }, Spec = new EnvoyFilterSpec { ConfigPatches = [patch] } }, Cancellation);

        await Eventually.HoldsAsync(async () => await ConditionAsync() is { Status: "False", Reason: "Invalid" }, "the condition says so", Cancellation);
        Assert.Contains("envoy.extensions.filters.http.lua.v3.Lua", (await ConditionAsync())!.Message, StringComparison.Ordinal);

        async Task<Condition?> ConditionAsync() =>
            (await mesh.Client.GetAsync<EnvoyFilter>("patched", "lua", Cancellation)).Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Reconciled");
    }

    [Fact]
    public async Task On_the_plain_port_a_program_is_believed_without_a_token()
    {
        await CreateNamespaceAsync("believed");
        await mesh.Client.CreateAsync(ServiceNamed("reviews", "believed"), Cancellation);
        using var channel = GrpcChannel.ForAddress($"http://{mesh.Istiod.EndpointOf(ListenerRole.PlainDiscovery)}");
        using var stream = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(cancellationToken: Cancellation);
        var ask = Ask(ResourceTypes.Listener, "believed", "web", "reviews.believed:9080");
        ask.Node.Metadata.Fields["GENERATOR"] = Value.ForString("grpc");
        await stream.RequestStream.WriteAsync(ask, Cancellation);
        await ReceivedAsync(stream, "reviews.believed:9080");
    }

    [Fact]
    public async Task On_the_plain_port_nobody_gets_private_keys()
    {
        await mesh.Client.CreateAsync(CertificateOf("door-certificate"), Cancellation);
        await mesh.Client.CreateAsync(DoorWith("door-certificate"), Cancellation);
        using var channel = GrpcChannel.ForAddress($"http://{mesh.Istiod.EndpointOf(ListenerRole.PlainDiscovery)}");
        using var stream = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(cancellationToken: Cancellation);
        var ask = Ask(ResourceTypes.Listener, "istio-system", "door");
        ask.Node.Id = ask.Node.Id.Replace("sidecar", "router", StringComparison.Ordinal);
        ask.Node.Metadata.Fields["LABELS"] = Value.ForStruct(new Struct { Fields = { ["istio"] = Value.ForString("door") } });
        await stream.RequestStream.WriteAsync(ask, Cancellation);
        await ReceivedAsync(stream, "0.0.0.0_8443");

        await stream.RequestStream.WriteAsync(new DeltaDiscoveryRequest { TypeUrl = ResourceTypes.Secret, ResourceNamesSubscribe = { "kubernetes://door-certificate" } }, Cancellation);
        await RemovedAsync(stream, "kubernetes://door-certificate");
    }

    [Theory]
    [InlineData("/ready", "ok")]
    [InlineData("/metrics", "pilot_services")]
    public async Task The_monitoring_port_answers(string path, string text)
    {
        using var http = new HttpClient();
        var answer = await http.GetStringAsync(new Uri($"http://{mesh.Istiod.EndpointOf(ListenerRole.Monitoring)}{path}"), Cancellation);
        Assert.Contains(text, answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/debug/syncz")]
    [InlineData("/inject")]
    public async Task The_monitoring_port_answers_nothing_else(string path)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri($"http://{mesh.Istiod.EndpointOf(ListenerRole.Monitoring)}{path}"), Cancellation);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData("/debug/syncz", "[")]
    [InlineData("/debug/push_status", "\"version\"")]
    public async Task The_debug_port_answers(string path, string text)
    {
        using var http = new HttpClient();
        var answer = await http.GetStringAsync(new Uri($"http://{mesh.Istiod.EndpointOf(ListenerRole.Debug)}{path}"), Cancellation);
        Assert.Contains(text, answer, StringComparison.Ordinal);
    }

    private Task WebhooksAreTrustedAsync() => Eventually.HoldsAsync(
        async () => (await mesh.Client.GetAsync<MutatingWebhookConfiguration>(null, "istio-sidecar-injector", Cancellation)).Webhooks!
            .All(webhook => webhook.ClientConfig!.CaBundle is not null),
        "the injector is trusted",
        Cancellation);

    private Task<Namespace> CreateNamespaceAsync(string name, params (string Name, string Value)[] labels) => mesh.Client.CreateAsync(
        new Namespace { Metadata = new ObjectMeta { Name = name, Labels = labels.ToDictionary(label => label.Name, label => label.Value) } }, Cancellation);

    private Task HasRootAsync(string ns) => Eventually.HoldsAsync(
        async () => (await mesh.Client.FindAsync<ConfigMap>(ns, "istio-ca-root-cert", Cancellation))?.Data?["root-cert.pem"] == mesh.Istiod.RootCertificatePem,
        "the root is there",
        Cancellation);

    private GrpcChannel Channel()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(mesh.Istiod.RootCertificatePem);
        var handler = new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { TargetHost = "istiod.istio-system.svc", CertificateChainPolicy = policy } };
        return GrpcChannel.ForAddress($"https://{mesh.Istiod.EndpointOf(ListenerRole.Discovery)}", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    private async Task<AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse>> ConnectAsync(GrpcChannel channel, string ns, string account)
    {
        var request = new TokenRequest { Spec = new TokenRequestSpec { Audiences = ["istio-ca"], ExpirationSeconds = 3600 } };
        var token = (await mesh.Client.PostAsync<ServiceAccount, TokenRequest>(ns, account, "token", request, Cancellation)).Status!.Token;
        var headers = new Grpc.Core.Metadata { { "authorization", "Bearer " + token } };
        return new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(headers, cancellationToken: Cancellation);
    }

    private static DeltaDiscoveryRequest Ask(string type, string ns, string account, params string[] names)
    {
        var metadata = new Struct { Fields = { ["NAMESPACE"] = Value.ForString(ns), ["SERVICE_ACCOUNT"] = Value.ForString(account) } };
        var request = new DeltaDiscoveryRequest { TypeUrl = type, Node = new Envoy.Config.Core.V3.Node { Id = $"sidecar~10.244.0.9~web-1.{ns}~{ns}.svc.cluster.local", Metadata = metadata } };
        request.ResourceNamesSubscribe.Add(names.Length == 0 ? ["*"] : names);
        return request;
    }

    private static async Task ReceivedAsync(AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> stream, string name)
    {
        DeltaDiscoveryResponse response;
        do
        {
            response = await NextAsync(stream);
            await AnswerAsync(stream, response, null);
        }
        while (response.Resources.All(resource => resource.Name != name));
    }

    private static async Task RemovedAsync(AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> stream, string name)
    {
        DeltaDiscoveryResponse response;
        do
        {
            response = await NextAsync(stream);
            await AnswerAsync(stream, response, null);
        }
        while (!response.RemovedResources.Contains(name));
    }

    /// <summary>The push with a rule; those before it are taken.</summary>
    private static async Task<DeltaDiscoveryResponse> RoutesWithAsync(AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> stream, string rule)
    {
        var routes = await NextAsync(stream);
        while (routes.Resources.Count == 0 || !routes.Resources[0].Resource_.Value.ToStringUtf8().Contains(rule, StringComparison.Ordinal))
        {
            await AnswerAsync(stream, routes, null);
            routes = await NextAsync(stream);
        }

        return routes;
    }

    private static async Task<DeltaDiscoveryResponse> NextAsync(AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> stream)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(Eventually.Patience);
        Assert.True(await stream.ResponseStream.MoveNext(patience.Token));
        return stream.ResponseStream.Current;
    }

    private static Task AnswerAsync(AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> stream, DeltaDiscoveryResponse response, string? refusal)
    {
        var answer = new DeltaDiscoveryRequest { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce };
        if (refusal is not null)
        {
            answer.ErrorDetail = new Google.Rpc.Status { Code = 3, Message = refusal };
        }

        return stream.RequestStream.WriteAsync(answer, Cancellation);
    }

    private static Pod PodIn(string ns) => new()
    {
        Metadata = new ObjectMeta { Name = "app", Namespace = ns },
        Spec = new PodSpec { Containers = [new Container { Name = "app", Image = "app" }] },
    };

    private static Service ServiceNamed(string name, string ns) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = ns },
        Spec = new ServiceSpec { Selector = new Dictionary<string, string> { ["app"] = name }, Ports = [new ServicePort { Name = "http", Port = 9080 }] },
    };

    private static Secret CertificateOf(string name) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "istio-system" },
        Type = "kubernetes.io/tls",
        Data = new Dictionary<string, string> { ["tls.crt"] = "Y2VydGlmaWNhdGU=", ["tls.key"] = "a2V5" },
    };

    private static Gateway DoorWith(string certificate) => new()
    {
        Metadata = new ObjectMeta { Name = "door", Namespace = "istio-system" },
        Spec = new GatewaySpec
        {
            Selector = new Dictionary<string, string> { ["istio"] = "door" },
            Servers = [new Server { Port = new Port { Number = 8443, Name = "https", Protocol = "HTTPS" }, Hosts = ["*"], Tls = new ServerTLSSettings { Mode = "SIMPLE", CredentialName = certificate } }],
        },
    };

    private static VirtualService RouteTo(string name, string ns) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = ns },
        Spec = new VirtualServiceSpec { Hosts = [name], Http = [new HTTPRoute { Route = [new HTTPRouteDestination { Destination = new Destination { Host = name } }] }] },
    };
}
