using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>Whom clients encrypt to, and whom they expect there.</summary>
public sealed class MutualTlsTests
{
    private const string Injected = """
        apiVersion: v1
        kind: Pod
        metadata: {name: reviews-v1, labels: {app: reviews, version: v1, security.istio.io/tlsMode: istio}}
        spec: {serviceAccountName: bookinfo-reviews, containers: [{name: app, ports: [{name: web, containerPort: 9080}]}]}
        """;

    private static readonly string Reviews = $"outbound|80||{Meshes.Reviews}";

    [Fact]
    public void Each_endpoint_says_whether_it_takes_mutual_tls()
    {
        var client = Configured.Sidecar(Meshes.Mesh(Injected), "client");
        var matches = client.Cluster(Reviews).TransportSocketMatches;

        Assert.Equal(["tlsMode-istio", "tlsMode-disabled"], matches.Select(match => match.Name));
        Assert.Equal("istio", matches[0].Match.Fields["tlsMode"].StringValue);
        Assert.Equal("envoy.transport_sockets.raw_buffer", matches[1].TransportSocket.Name);
        Assert.Equal(["True"], Labelled(client).Distinct());
    }

    [Fact]
    public void The_server_is_known_by_its_service_account()
    {
        var context = Context(Configured.Sidecar(Meshes.Mesh(Injected), "client").Cluster(Reviews).TransportSocketMatches[0].TransportSocket);

        Assert.Equal($"outbound_.80_._.{Meshes.Reviews}", context.Sni);
        Assert.Equal(["istio-peer-exchange", "istio"], context.CommonTlsContext.AlpnProtocols);
        Assert.Equal(["spiffe://cluster.local/ns/default/sa/bookinfo-reviews"], NamesOf(context));
    }

    [Theory]
    [InlineData("trafficPolicy: {tls: {mode: DISABLE}}", "")]
    [InlineData("trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}", "spiffe://cluster.local/ns/default/sa/bookinfo-reviews")]
    [InlineData("trafficPolicy: {tls: {mode: ISTIO_MUTUAL, subjectAltNames: [spiffe://x/y]}}", "spiffe://x/y")]
    public void A_rule_beats_what_endpoints_say(string policy, string names)
    {
        var cluster = Configured.Sidecar(Meshes.Mesh(Injected, Meshes.Object("DestinationRule", "reviews", $"host: reviews, {policy}")), "client").Cluster(Reviews);

        Assert.Empty(cluster.TransportSocketMatches);
        Assert.Equal(names, cluster.TransportSocket is { } socket ? string.Join(',', NamesOf(Context(socket))) : "");
    }

    [Theory]
    [InlineData("default", "mtls: {mode: DISABLE}", false, false)]
    [InlineData("istio-system", "mtls: {mode: DISABLE}", false, false)]
    [InlineData("default", "selector: {matchLabels: {app: reviews}}, mtls: {mode: DISABLE}", true, false)]
    [InlineData("default", "selector: {matchLabels: {app: reviews}}, portLevelMtls: {9080: {mode: DISABLE}}", true, false)]
    [InlineData("default", "selector: {matchLabels: {app: reviews}}, portLevelMtls: {80: {mode: DISABLE}}", true, true)]
    [InlineData("default", "mtls: {mode: STRICT}", true, true)]
    public void What_takes_no_mutual_tls_is_not_offered_it(string ns, string policy, bool matches, bool labelled)
    {
        var client = Configured.Sidecar(Meshes.Mesh(Injected, Policy("policy", ns, policy)), "client");

        Assert.Equal(matches, client.Cluster(Reviews).TransportSocketMatches.Count > 0);
        Assert.Equal([labelled.ToString()], Labelled(client).Distinct());
    }

    [Theory]
    [InlineData("PERMISSIVE", "reviews", 9080)]
    [InlineData("STRICT", "reviews", 9080, "default/mtls: {mode: STRICT}")]
    [InlineData("STRICT", "reviews", 9080, "istio-system/mtls: {mode: STRICT}")]
    [InlineData("PERMISSIVE", "reviews", 9080, "istio-system/mtls: {mode: STRICT}", "default/mtls: {mode: PERMISSIVE}")]
    [InlineData("STRICT", "reviews", 9080, "istio-system/mtls: {mode: STRICT}", "default/mtls: {mode: UNSET}")]
    [InlineData("DISABLE", "reviews", 9080, "default/mtls: {mode: STRICT}", "default/selector: {matchLabels: {app: reviews}}, mtls: {mode: DISABLE}")]
    [InlineData("STRICT", "reviews", 9080, "default/selector: {matchLabels: {app: other}}, mtls: {mode: DISABLE}", "default/mtls: {mode: STRICT}")]
    [InlineData("STRICT", "reviews", 9080, "default/selector: {matchLabels: {app: reviews}}, mtls: {mode: DISABLE}, portLevelMtls: {9080: {mode: STRICT}}")]
    [InlineData("PERMISSIVE", "reviews", 9080, "istio-system/selector: {matchLabels: {app: reviews}}, mtls: {mode: STRICT}")]
    public void The_narrowest_policy_decides(string expected, string app, int port, params string[] policies)
    {
        var mesh = Meshes.Mesh([.. policies.Select((policy, i) => Policy($"p{i}", policy.Split('/')[0], policy[(policy.IndexOf('/', StringComparison.Ordinal) + 1)..]))]);

        Assert.Equal(expected, mesh.PeerAuthentications.Of("default", new Dictionary<string, string> { ["app"] = app }, port).ToString().ToUpperInvariant());
    }

    private static string Policy(string name, string ns, string spec) =>
        $"{{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {{name: {name}, namespace: {ns}}}, spec: {{{spec}}}}}";

    private static IEnumerable<string> Labelled(Configured client) => client.Assignment(Reviews).Endpoints.SelectMany(locality => locality.LbEndpoints)
        .Where(endpoint => endpoint.Metadata.FilterMetadata["istio"].Fields["workload"].StringValue.StartsWith("reviews-v1", StringComparison.Ordinal))
        .Select(endpoint => endpoint.Metadata.FilterMetadata.ContainsKey("envoy.transport_socket_match").ToString());

    private static UpstreamTlsContext Context(TransportSocket socket) => socket.TypedConfig.Unpack<UpstreamTlsContext>();

    private static IEnumerable<string> NamesOf(UpstreamTlsContext context) =>
        context.CommonTlsContext.CombinedValidationContext.DefaultValidationContext.MatchSubjectAltNames.Select(matcher => matcher.Exact);
}
