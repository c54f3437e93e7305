using System.Globalization;
using System.Net;
using Envoy.Config.Core.V3;
using Mizzen.Proxy.Admin;
using Mizzen.Proxy.Agent;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Filters;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Names;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Commands;

/// <summary><c>mizzen-proxy proxy sidecar|router</c>: serves what the control plane says.</summary>
internal static class ProxyCommand
{
    public const string Name = "proxy";

    private const string DefaultRootCertificate = "/var/run/secrets/istio/root-cert.pem";
    private const string DefaultToken = "/var/run/secrets/tokens/istio-token";
    private const string PlainPort = ":15010";

    /// <summary>pilot-agent's flags; those without a text are accepted and change nothing here.</summary>
    private static readonly Flag[] Known =
    [
        new("concurrency", "loops; 0 for one per processor (ProxyConfig concurrency)"),
        new("proxyLogLevel", "level of lines about traffic and listeners: debug, info, warning, error, off (warning)"),
        new("log_output_level", "level of lines about the program and its configuration (info)"),
        new("domain"),
        new("meshConfig"),
        new("proxyComponentLogLevel"),
        new("serviceCluster"),
        new("templateFile"),
        new("outlierLogPath"),
        new("stsPort"),
        new("tokenManagerPlugin"),
        new("log_stacktrace_level"),
        new("log_target"),
        new("log_caller"),
        new("log_rotate"),
        new("log_rotate_max_age"),
        new("log_rotate_max_backups"),
        new("log_rotate_max_size"),
        new("vklog"),
        new("log_as_json", IsSwitch: true),
        new("profiling", IsSwitch: true),
        new("help", "this text", 'h', IsSwitch: true),
    ];

    public static string Help => $"""
        mizzen-proxy proxy: serves what the control plane says, in a pod that Istio's injection (or Mizzen's) has prepared

        usage: mizzen-proxy proxy sidecar|router [flags of pilot-agent]

        {Flags.Help(Known)}
        environment: PROXY_CONFIG (JSON of a ProxyConfig), POD_NAME, POD_NAMESPACE, INSTANCE_IP, SERVICE_ACCOUNT, ISTIO_META_*,
        ISTIO_KUBE_APP_PROBERS, ISTIO_PROMETHEUS_ANNOTATIONS, ENVOY_STATUS_PORT (15021), ENVOY_PROMETHEUS_PORT (15090),
        XDS_ROOT_CA ({DefaultRootCertificate}), XDS_TOKEN_FILE ({DefaultToken})

        """;

    public static async Task<int> RunAsync(string[] arguments, TextWriter output)
    {
        var flags = new Flags(Name, Known).Parse(arguments);
        if (flags.Has("help"))
        {
            await output.WriteAsync(Help);
            return CommandLine.Success;
        }

        var role = flags.Rest switch
        {
            [("sidecar" or "router") and var known] => known,
            [] => "sidecar",
            _ => throw new UsageException($"proxy {string.Join(' ', flags.Rest)}: say  proxy sidecar  or  proxy router"),
        };
        var config = ProxyConfig.Read(Environment.GetEnvironmentVariable("PROXY_CONFIG"));
        await ServeAsync(
            role,
            config with { Concurrency = Concurrency(flags, config) },
            LogOutput.StandardError(LogLevels.Of(flags, "log_output_level", LogLevel.Info), TimeProvider.System),
            LogOutput.StandardError(LogLevels.Of(flags, "proxyLogLevel", LogLevel.Warn), TimeProvider.System));
        return CommandLine.Success;
    }

    private static int Concurrency(Flags flags, ProxyConfig config) => flags["concurrency"] switch
    {
        null => Math.Min(config.Concurrency, Environment.ProcessorCount),
        { } text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        { } text => throw new UsageException($"--concurrency {text}: that is not a number of loops"),
    };

    private static async Task ServeAsync(string role, ProxyConfig config, LogOutput output, LogOutput engineOutput)
    {
        var identity = NodeIdentity.FromEnvironment(role, Variables());
        var node = identity.ToNode();
        await using var process = new ProxyProcess(new ProxyProcessOptions
        {
            Concurrency = config.Concurrency,
            DrainDuration = config.TerminationDrainDuration,
            DrainTime = config.DrainDuration,
            Overload = config.MaxConnections is { } most ? OverloadModel.None with { MaxConnections = most } : OverloadModel.None,
            Workload = WorkloadIdentity.FromLabels(identity.Workload, identity.Namespace, identity.ClusterId, identity.Labels),
            Peer = new PeerIdentity(Values.Utf8(node.Id), PeerMetadataCodec.Encode(node.Metadata)),
            Log = output,
            EngineLog = engineOutput,
        });
        process.State.Bootstrap = Bootstrap(config, node);
        var admin = process.Serve(new IPEndPoint(IPAddress.Loopback, config.AdminPort), new AdminHandler(process.State));
        var readiness = process.Serve(new IPEndPoint(IPAddress.Any, Port("ENVOY_STATUS_PORT", 15021)), new ReadinessHandler(process.State));
        var stats = process.Serve(new IPEndPoint(IPAddress.Any, Port("ENVOY_PROMETHEUS_PORT", 15090)), new MetricsHandler(process.State));
        using var probes = new AppProbes(AppProbe.ReadAll(Variable("ISTIO_KUBE_APP_PROBERS") ?? "{}"), identity.Address);
        using var metrics = new AppMetrics(Variable("ISTIO_PROMETHEUS_ANNOTATIONS"), output.For("agent"));
        using var agent = new AgentServer(new AgentPages(process.State, probes, metrics), output.For("agent"));
        agent.Listen(new IPEndPoint(IPAddress.Any, config.StatusPort));
        using var names = role == "sidecar" && identity.Metadata.GetValueOrDefault("DNS_CAPTURE") == "true"
            ? new NameServer(ResolverConfiguration.OfThisHost(), output.For("names"), TimeProvider.System)
            : null;
        names?.Listen(new IPEndPoint(IPAddress.Loopback, NameServer.Port));
        output.For("proxy").Info(
            $"mizzen-proxy {ProgramVersion.Text} as {node.Id}: admin {admin}, readiness {readiness}, metrics {stats}, agent {agent.Address}");
        await process.RunAsync(stop => Task.WhenAll(
            agent.RunAsync(stop), names?.RunAsync(stop) ?? Task.CompletedTask, FollowAsync(config, node, process, names, output, stop)));
    }

    private static string Bootstrap(ProxyConfig config, Node node)
    {
        var colon = config.DiscoveryAddress.LastIndexOf(':');
        return $$$"""
            {"node": {{{ConfigDump.Json(node)}}},
             "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": {{{config.AdminPort}}} } } },
             "dynamic_resources": {"ads_config": {"api_type": "DELTA_GRPC", "transport_api_version": "V3", "grpc_services": [{"google_grpc": {"target_uri": {{{JsonText.Quote(config.DiscoveryAddress)}}}, "stat_prefix": {{{JsonText.Quote(config.DiscoveryAddress[..Math.Max(colon, 0)])}}} } }]},
              "cds_config": {"ads": {}, "resource_api_version": "V3"}, "lds_config": {"ads": {}, "resource_api_version": "V3"} } }
            """;
    }

    private static async Task FollowAsync(ProxyConfig config, Node node, ProxyProcess process, NameServer? names, LogOutput output, CancellationToken cancellationToken)
    {
        var isPlain = config.DiscoveryAddress.EndsWith(PlainPort, StringComparison.Ordinal);
        var options = new AdsOptions(
            config.DiscoveryAddress,
            isPlain ? null : Variable("XDS_ROOT_CA") ?? DefaultRootCertificate,
            isPlain ? null : Variable("XDS_TOKEN_FILE") ?? DefaultToken);
        await WaitForAsync(options.RootCertificateFile, "the control plane's root certificate", process.State, output, cancellationToken);
        await WaitForAsync(options.TokenFile, "the service account token", process.State, output, cancellationToken);
        process.State.WaitingFor = $"the control plane at {config.DiscoveryAddress}";
        var live = new LiveConfiguration(new ResourceStore(), process);
        await Task.WhenAll(
            IdentifyAsync(options, live, output, cancellationToken),
            new AdsLoop(options, node, live, output.For("ads"), TimeProvider.System, names is null ? null : names.Take).RunAsync(cancellationToken),
            new DnsLoop(live, output.For("dns"), TimeProvider.System).RunAsync(cancellationToken),
            new FileLoop(live, output.For("files"), TimeProvider.System).RunAsync(cancellationToken));
    }

    private static async Task IdentifyAsync(AdsOptions options, LiveConfiguration live, LogOutput output, CancellationToken cancellationToken)
    {
        if (options.TokenFile is not null)
        {
            await new WorkloadCertificate(options, live, output.For("sds"), TimeProvider.System).RunAsync(cancellationToken);
            return;
        }

        // Without a token nobody would sign for us: what wants the workload's certificate is served without waiting, and takes no handshake.
        _ = await live.ChangeAsync(static store => store.Without(LocalSecrets.Certificate, LocalSecrets.Roots), cancellationToken);
    }

    private static async Task WaitForAsync(string? file, string what, ProxyState state, LogOutput output, CancellationToken cancellationToken)
    {
        if (file is not null)
        {
            state.WaitingFor = $"{what} in {file}";
            await FileWait.ForAsync(file, what, output.For("proxy"), TimeProvider.System, cancellationToken);
        }
    }

    private static Dictionary<string, string> Variables() => Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
        .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static int Port(string variable, int absent) => Variable(variable) switch
    {
        null => absent,
        { } text when ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) => port,
        { } text => throw new UsageException($"the environment variable {variable} is '{text}': that is not a port"),
    };
}
