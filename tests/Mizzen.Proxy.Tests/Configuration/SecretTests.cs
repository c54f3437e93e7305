using System.Text.Json;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Listener.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;
using Mizzen.Identity;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tests.Tls;

namespace Mizzen.Proxy.Tests.Configuration;

/// <summary>Secrets, and the listeners and clusters that wait for them.</summary>
public sealed class SecretTests : IDisposable
{
    private const string Down = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
    private const string Up = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
    private const string Ads = """{"ads": {}, "resource_api_version": "V3"}""";

    private readonly TestCertificates _certificates = new();
    private readonly ResourceStore _store = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public void A_listener_is_served_when_its_secret_has_come()
    {
        Put<Listener>(TypeUrls.Listener, Gateway());
        _store.Received(TypeUrls.Cluster);
        _store.Received(TypeUrls.Listener);

        Assert.Equal(["kubernetes://shop"], _store.SecretNames);
        var waiting = _store.Snapshot();
        Assert.Empty(waiting.Listeners);
        Assert.False(waiting.IsComplete);

        Put<Secret>(TypeUrls.Secret, Certificate("kubernetes://shop", _certificates.Host("shop.example.com")));
        var warm = _store.Snapshot();
        Assert.NotNull(Chain(warm).Tls!.Context);
        Assert.True(warm.IsComplete);
    }

    [Fact]
    public void A_secret_that_does_not_exist_holds_up_nobody_but_its_own_handshakes()
    {
        Put<Listener>(TypeUrls.Listener, Gateway());
        _store.Received(TypeUrls.Cluster);
        _store.Received(TypeUrls.Listener);
        _store.Remove(TypeUrls.Secret, "kubernetes://shop");

        var snapshot = _store.Snapshot();
        Assert.Null(Chain(snapshot).Tls!.Context);
        Assert.True(snapshot.IsComplete);
    }

    [Fact]
    public void A_new_secret_makes_a_new_context_and_the_same_secret_none()
    {
        Put<Listener>(TypeUrls.Listener, Gateway());
        Put<Secret>(TypeUrls.Secret, Certificate("kubernetes://shop", _certificates.Host("shop.example.com")));
        var first = Chain(_store.Snapshot()).Tls!.Context;
        Assert.Same(first, Chain(_store.Snapshot()).Tls!.Context);

        Put<Secret>(TypeUrls.Secret, Certificate("kubernetes://shop", _certificates.Host("shop.example.com")));
        Assert.NotSame(first, Chain(_store.Snapshot()).Tls!.Context);
    }

    [Fact]
    public void Clusters_of_a_mesh_share_a_context_but_not_their_names()
    {
        foreach (var name in (string[])["a", "b"])
        {
            Put<Cluster>(TypeUrls.Cluster, $$$"""
                {"name": "{{{name}}}", "transport_socket_matches": [
                  {"name": "tlsMode-istio", "match": {"tlsMode": "istio"}, "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": {"@type": "{{{Up}}}",
                    "sni": "outbound_.80_._.{{{name}}}", "common_tls_context": {"alpn_protocols": ["istio-peer-exchange", "istio"],
                      "tls_certificate_sds_secret_configs": [{"name": "default", "sds_config": {"api_config_source": {"api_type": "GRPC"} } }],
                      "combined_validation_context": {"default_validation_context": {"match_subject_alt_names": [{"exact": "spiffe://cluster.local/ns/default/sa/{{{name}}}"}]},
                        "validation_context_sds_secret_config": {"name": "ROOTCA", "sds_config": {"api_config_source": {"api_type": "GRPC"} } } } } } } },
                  {"name": "tlsMode-disabled", "match": {}, "transport_socket": {"name": "envoy.transport_sockets.raw_buffer"} }]}
                """);
        }

        Assert.Equal(["ROOTCA", "default"], _store.LocalSecretNames.Order(StringComparer.Ordinal));
        Assert.Empty(_store.SecretNames);
        Put<Secret>(TypeUrls.Secret, Certificate("default", _certificates.Workload("frontend")));
        Put<Secret>(TypeUrls.Secret, $$$"""{"name": "ROOTCA", "validation_context": {"trusted_ca": {"inline_string": {{{Text(_certificates.Authority.CertificatePem)}}} } } }""");
        var clusters = _store.Snapshot().Clusters;
        var endpoint = new EndpointModel { Address = new(System.Net.IPAddress.Loopback, 80), TransportLabels = [KeyValuePair.Create("tlsMode", "istio")] };
        var (a, b) = (clusters["a"].TlsFor(endpoint)!, clusters["b"].TlsFor(endpoint)!);

        Assert.Same(a.Context, b.Context);
        Assert.Equal(("outbound_.80_._.a", "outbound_.80_._.b"), (a.ServerName, b.ServerName));
        Assert.True(a.VerifiesServer);
        Assert.True(a.Names!.Matches(new(Mizzen.Proxy.Tls.NameKind.Uri, "spiffe://cluster.local/ns/default/sa/a")));
        Assert.False(b.Names!.Matches(new(Mizzen.Proxy.Tls.NameKind.Uri, "spiffe://cluster.local/ns/default/sa/a")));
        Assert.Null(clusters["a"].TlsFor(endpoint with { TransportLabels = [] }));
    }

    [Theory]
    [InlineData("broken chain", "kubernetes://shop: tls_certificate: certificate_chain: certificate 1 cannot be read")]
    [InlineData("no chain", "kubernetes://shop: tls_certificate: certificate_chain: there is no certificate in PEM")]
    [InlineData("broken key", "kubernetes://shop: tls_certificate: private_key: it is not a private key in PEM")]
    [InlineData("other key", "kubernetes://shop: tls_certificate: private_key: it does not fit the certificate")]
    [InlineData("broken authority", "kubernetes://shop: validation_context: trusted_ca: there is no certificate in PEM")]
    [InlineData("nothing", "kubernetes://shop: a secret holds a tls_certificate or a validation_context")]
    public void A_secret_that_cannot_be_used_is_refused_and_the_last_one_serves_on(string kind, string refusal)
    {
        Put<Listener>(TypeUrls.Listener, Gateway());
        var good = _certificates.Host("shop.example.com");
        Put<Secret>(TypeUrls.Secret, Certificate("kubernetes://shop", good));
        var context = Chain(_store.Snapshot()).Tls!.Context;
        var damaged = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        var secret = kind switch
        {
            "broken chain" => Certificate("kubernetes://shop", good with { CertificatePem = damaged }),
            "no chain" => Certificate("kubernetes://shop", good with { CertificatePem = "hello" }),
            "broken key" => Certificate("kubernetes://shop", good with { PrivateKeyPem = "hello" }),
            "other key" => Certificate("kubernetes://shop", good with { PrivateKeyPem = _certificates.Host("x.example.com").PrivateKeyPem }),
            "broken authority" => """{"name": "kubernetes://shop", "validation_context": {"trusted_ca": {"inline_string": "hello"}}}""",
            _ => """{"name": "kubernetes://shop"}""",
        };

        Assert.StartsWith(refusal, _store.Put(TypeUrls.Secret, "kubernetes://shop", XdsText.Packed<Secret>(secret)), StringComparison.Ordinal);
        Assert.Same(context, Chain(_store.Snapshot()).Tls!.Context);
    }

    [Theory]
    [InlineData("""{"tls_params": {"cipher_suites": ["NONSENSE"]}}""", "tls_params.cipher_suites: OpenSSL knows none of NONSENSE")]
    [InlineData("""{"tls_params": {"tls_maximum_protocol_version": "TLSv1_1"}}""", "tls_params.tls_maximum_protocol_version: TLS below 1.2 is not spoken")]
    [InlineData("{}", "a server needs tls_certificates or tls_certificate_sds_secret_configs")]
    [InlineData("""{"tls_certificates": [{"certificate_chain": {"filename": "/nowhere/tls.crt"}}]}""", "tls_certificates[0]: certificate_chain: Could not find")]
    public void What_a_context_says_wrong_is_refused_by_its_field(string common, string refusal)
    {
        var listener = Gateway().Replace(Sds(), common, StringComparison.Ordinal);
        Assert.Contains("filter_chains[https].transport_socket.common_tls_context", _store.Put(TypeUrls.Listener, "l", XdsText.Packed<Listener>(listener)), StringComparison.Ordinal);
        Assert.Contains(refusal, _store.Put(TypeUrls.Listener, "l", XdsText.Packed<Listener>(listener)), StringComparison.Ordinal);
    }

    private static string Sds() => $$$"""{"alpn_protocols": ["h2", "http/1.1"], "tls_certificate_sds_secret_configs": [{"name": "kubernetes://shop", "sds_config": {{{Ads}}} }]}""";

    private static string Gateway() => $$$"""
        {"name": "0.0.0.0_443", "address": {"socket_address": {"address": "0.0.0.0", "port_value": 443} },
         "listener_filters": [{"name": "envoy.filters.listener.tls_inspector"}],
         "filter_chains": [{"name": "https", "filter_chain_match": {"server_names": ["shop.example.com"]},
           "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": {"@type": "{{{Down}}}", "common_tls_context": {{{Sds()}}} } },
           "filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": {
             "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": "g", "route_config": {} } }]}]}
        """;

    private static string Certificate(string name, IssuedCertificate issued) =>
        $$$"""{"name": "{{{name}}}", "tls_certificate": {"certificate_chain": {"inline_string": {{{Text(issued.CertificatePem)}}} }, "private_key": {"inline_string": {{{Text(issued.PrivateKeyPem)}}} } } }""";

    private static string Text(string text) => JsonSerializer.Serialize(text);

    private static FilterChainModel Chain(ProxySnapshot snapshot) => Assert.Single(Assert.Single(snapshot.Listeners).Chains);

    private void Put<T>(string typeUrl, string json)
        where T : IMessage, new() => Assert.Null(_store.Put(typeUrl, "name", XdsText.Packed<T>(json)));
}
