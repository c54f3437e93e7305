using System.Text;
using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Envoy.Extensions.Filters.Network.TcpProxy.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>Servers of Gateways whose clients speak TLS.</summary>
public sealed class GatewayTlsTests
{
    private const string Reviews = "hosts: [shop.example.com], gateways: [door], http: [{route: [{destination: {host: reviews}}]}]";

    [Theory]
    [InlineData("mode: SIMPLE, credentialName: shop", "kubernetes://shop")]
    [InlineData("mode: SIMPLE, credentialNames: [rsa, ecdsa]", "kubernetes://rsa kubernetes://ecdsa")]
    [InlineData("mode: MUTUAL, credentialName: shop, subjectAltNames: [spiffe://a/b]", "kubernetes://shop required kubernetes://shop-cacert spiffe://a/b")]
    [InlineData("mode: OPTIONAL_MUTUAL, credentialName: shop", "kubernetes://shop kubernetes://shop-cacert")]
    [InlineData("mode: SIMPLE, serverCertificate: /a.crt, privateKey: /a.key", "/a.crt")]
    [InlineData("mode: ISTIO_MUTUAL", "default required ROOTCA spiffe://cluster.local/")]
    public void Connections_are_ended_as_the_mode_says(string tls, string expected)
    {
        var chain = Assert.Single(Https(tls).FilterChains);

        Assert.Equal("shop.example.com", Assert.Single(chain.FilterChainMatch.ServerNames));
        Assert.Equal(expected, Text(chain.TransportSocket.TypedConfig.Unpack<DownstreamTlsContext>()));
        Assert.Equal("https.443.https.door.default", chain.Filters[^1].TypedConfig.Unpack<HttpConnectionManager>().Rds.RouteConfigName);
    }

    [Fact]
    public void Requests_are_routed_by_the_servers_own_table()
    {
        var gateway = Meshes.GatewayProxy(Server("HTTPS", "mode: SIMPLE, credentialName: shop"), Meshes.VirtualService(Reviews));

        Assert.Equal([$"/* -> outbound|80||{Meshes.Reviews}"], gateway.Routes("https.443.https.door.default", "shop.example.com:443"));
    }

    [Fact]
    public void Unopened_connections_go_by_the_name_that_is_asked_for()
    {
        var gateway = Meshes.GatewayProxy(
            Server("TLS", "mode: PASSTHROUGH", "'*.example.com'"),
            Meshes.VirtualService("""
                hosts: ['*.example.com'], gateways: [door], tls: [{match: [{sniHosts: [a.example.com]}], route: [{destination: {host: reviews, port: {number: 80}}}]},
                {match: [{sniHosts: [b.example.com, c.example.com]}], route: [{destination: {host: ratings, port: {number: 80}}}]}]
                """));

        Assert.Equal(
            [$"a.example.com -> outbound|80||{Meshes.Reviews}", $"b.example.com c.example.com -> outbound|80||{Meshes.Ratings}"],
            gateway.Listener("0.0.0.0_443").FilterChains.Select(chain => $"{string.Join(' ', chain.FilterChainMatch.ServerNames)} -> {chain.Filters[^1].TypedConfig.Unpack<TcpProxy>().Cluster}"));
    }

    [Fact]
    public void Two_servers_share_a_port_by_name()
    {
        var listener = Meshes.GatewayProxy(
            Server("HTTPS", "mode: SIMPLE, credentialName: a", "a.example.com"), Server("HTTPS", "mode: SIMPLE, credentialName: b", "b.example.com", "other")).Listener("0.0.0.0_443");

        Assert.Equal(["a.example.com", "b.example.com"], listener.FilterChains.Select(chain => chain.FilterChainMatch.ServerNames.Single()));
        Assert.Equal("envoy.filters.listener.tls_inspector", Assert.Single(listener.ListenerFilters).Name);
    }

    [Theory]
    [InlineData("shop", "tls.crt: Y2VydA==, tls.key: a2V5", "kubernetes://shop=cert/key")]
    [InlineData("shop", "cert: Y2VydA==, key: a2V5, cacert: Y2E=", "kubernetes://shop=cert/key kubernetes://shop-cacert=ca")]
    [InlineData("shop-cacert", "ca.crt: Y2E=", "kubernetes://shop-cacert=ca")]
    [InlineData("shop", "tls.crt: Y2VydA==", "")]
    [InlineData("other", "tls.crt: Y2VydA==, tls.key: a2V5", "")]
    public void The_gateway_gets_the_secrets_that_its_servers_name(string name, string data, string expected)
    {
        var gateway = Meshes.GatewayProxy(Server("HTTPS", "mode: MUTUAL, credentialName: shop"), Secret(name, "istio-system", data));

        Assert.Equal(expected, string.Join(' ', gateway.Resources.Secrets.Values.Cast<Secret>().Select(Text)));
    }

    [Fact]
    public void Nobody_gets_secrets_of_other_namespaces_and_sidecars_none()
    {
        string[] yaml = [Server("HTTPS", "mode: SIMPLE, credentialName: shop"), Secret("shop", "default", "tls.crt: Y2VydA==, tls.key: a2V5")];

        Assert.Empty(Meshes.GatewayProxy(yaml).Resources.Secrets);
        Assert.Empty(Configured.Sidecar(Meshes.Mesh(yaml), "client").Resources.Secrets);
    }

    private static Listener Https(string tls) => Meshes.GatewayProxy(Server("HTTPS", tls)).Listener("0.0.0.0_443");

    private static string Server(string protocol, string tls, string host = "shop.example.com", string gateway = "door") => Meshes.Object(
        "Gateway", gateway, $"selector: {{istio: ingressgateway}}, servers: [{{port: {{number: 443, name: https, protocol: {protocol}}}, hosts: [{host}], tls: {{{tls}}}}}]");

    private static string Secret(string name, string ns, string data) =>
        $"{{apiVersion: v1, kind: Secret, metadata: {{name: {name}, namespace: {ns}}}, data: {{{data}}}}}";

    private static string Text(Secret secret) => secret.TlsCertificate is { } certificate
        ? $"{secret.Name}={certificate.CertificateChain.InlineBytes.ToString(Encoding.ASCII)}/{certificate.PrivateKey.InlineBytes.ToString(Encoding.ASCII)}"
        : $"{secret.Name}={secret.ValidationContext.TrustedCa.InlineBytes.ToString(Encoding.ASCII)}";

    private static string Text(DownstreamTlsContext context)
    {
        var common = context.CommonTlsContext;
        var certificates = common.TlsCertificateSdsSecretConfigs.Select(secret => secret.Name).Concat(common.TlsCertificates.Select(certificate => certificate.CertificateChain.Filename));
        var required = context.RequireClientCertificate == true ? " required" : "";
        var validation = common.CombinedValidationContext is { } combined
            ? " " + combined.ValidationContextSdsSecretConfig.Name + string.Concat(combined.DefaultValidationContext.MatchSubjectAltNames.Select(name => " " + name.Exact + name.Prefix))
            : "";
        return string.Join(' ', certificates) + required + validation;
    }
}
