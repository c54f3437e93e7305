using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Listener.TlsInspector.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Envoy.Type.Matcher.V3;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Identity;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Mutual TLS between workloads as Istio configures it: certificates by SDS from the proxy's own agent, identities as SPIFFE names.</summary>
internal static class MutualTls
{
    private const string OwnCertificate = "default";
    private const string Roots = "ROOTCA";
    private const string AgentCluster = "sds-grpc";

    /// <summary>What clients of the mesh offer by ALPN, so that a server can tell them from the app's own TLS.</summary>
    public static readonly string[] HttpProtocols = ["istio-http/1.0", "istio-http/1.1", "istio-h2"];
    public static readonly string[] TcpProtocols = ["istio-peer-exchange", "istio"];
    public static readonly string[] AllProtocols = ["istio-peer-exchange", "istio", "istio-http/1.0", "istio-http/1.1", "istio-h2"];

    private static readonly Any EmptyInspector = Messages.Pack(new TlsInspector());
    private static readonly Struct MatchesMutual = new() { Fields = { ["tlsMode"] = Value.ForString("istio") } };
    private static readonly TransportSocket Plain = new() { Name = EnvoyNames.RawSocket };

    /// <summary>Looks whether a connection begins with TLS, and for what.</summary>
    public static ListenerFilter Inspector => new() { Name = EnvoyNames.TlsInspector, TypedConfig = EmptyInspector };

    /// <summary>Metadata of an endpoint that takes mutual TLS.</summary>
    public static Struct EndpointLabels => MatchesMutual;

    /// <summary>The server's side.</summary>
    /// <param name="domain">Clients of other trust domains are turned away.</param>
    /// <param name="protocols">What is spoken inside, by ALPN.</param>
    public static TransportSocket Server(TrustDomain domain, params string[] protocols) => Socket(new DownstreamTlsContext
    {
        RequireClientCertificate = true,
        CommonTlsContext = Common(new StringMatcher { Prefix = $"spiffe://{domain.Name}/" }, [], protocols),
    });

    /// <summary>The client's side of all connections of a cluster.</summary>
    /// <param name="serverName">The name that the server is asked for.</param>
    /// <param name="names">The identities of which the server must have one; empty for any.</param>
    public static TransportSocket Client(string serverName, IReadOnlyList<string> names) => Socket(new UpstreamTlsContext
    {
        Sni = serverName,
        CommonTlsContext = Common(null, names, TcpProtocols),
    });

    /// <summary>The client's side as each endpoint says: mutual TLS where its proxy takes it, else plain text.</summary>
    public static IEnumerable<Cluster.Types.TransportSocketMatch> ByEndpoint(string serverName, IReadOnlyList<string> names) =>
    [
        new() { Name = "tlsMode-istio", Match = MatchesMutual, TransportSocket = Client(serverName, names) },
        new() { Name = "tlsMode-disabled", Match = new Struct(), TransportSocket = Plain },
    ];

    /// <summary>The SPIFFE names of service accounts (<c>namespace/name</c>).</summary>
    public static IReadOnlyList<string> NamesOf(IEnumerable<string> accounts, TrustDomain domain) =>
        [.. accounts.Select(account => account.Split('/')).Select(parts => SpiffeId.ForServiceAccount(domain, parts[0], parts[1]).ToString())];

    private static CommonTlsContext Common(StringMatcher? prefix, IReadOnlyList<string> names, string[] protocols)
    {
        var validation = new CertificateValidationContext();
        validation.MatchSubjectAltNames.Add(names.Select(name => new StringMatcher { Exact = name }));
        if (prefix is not null)
        {
            validation.MatchSubjectAltNames.Add(prefix);
        }

        return new CommonTlsContext
        {
            TlsParams = new TlsParameters { TlsMinimumProtocolVersion = TlsParameters.Types.TlsProtocol.Tlsv12 },
            AlpnProtocols = { protocols },
            TlsCertificateSdsSecretConfigs = { FromAgent(OwnCertificate) },
            CombinedValidationContext = new CommonTlsContext.Types.CombinedCertificateValidationContext
            {
                DefaultValidationContext = validation,
                ValidationContextSdsSecretConfig = FromAgent(Roots),
            },
        };
    }

    private static SdsSecretConfig FromAgent(string name) => new()
    {
        Name = name,
        SdsConfig = new ConfigSource
        {
            ApiConfigSource = new ApiConfigSource
            {
                ApiType = ApiConfigSource.Types.ApiType.Grpc,
                TransportApiVersion = ApiVersion.V3,
                SetNodeOnFirstMessageOnly = true,
                GrpcServices = { new GrpcService { EnvoyGrpc = new GrpcService.Types.EnvoyGrpc { ClusterName = AgentCluster } } },
            },
            InitialFetchTimeout = Messages.Zero,
            ResourceApiVersion = ApiVersion.V3,
        },
    };

    private static TransportSocket Socket(Google.Protobuf.IMessage context) => new() { Name = EnvoyNames.TlsSocket, TypedConfig = Messages.Pack(context) };
}
