using System.Text;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Observation.Metrics;
using Mizzen.Proxy.Runtime;
using Mizzen.Telemetry.Intake;

namespace Mizzen.Proxy.Tests.Observation;

/// <summary>From what ended to what Prometheus reads; the text is read with the reader of Mizzen.Telemetry.</summary>
public sealed class LoopMetricsTests
{
    private static readonly WorkloadIdentity Self = WorkloadIdentity.FromLabels(
        "frontend-prod", "default", "Kubernetes", new Dictionary<string, string> { ["app"] = "frontend", ["version"] = "prod" });

    private readonly MetricsRegistry _registry = new();
    private readonly LoopMetrics _metrics;

    public LoopMetricsTests() => _metrics = new LoopMetrics(_registry, Self);

    [Fact]
    public void A_client_reports_itself_the_endpoint_and_the_service()
    {
        var record = Records.Exchange();
        record.Endpoint = new EndpointModel { Address = new(0, 1), Workload = "backend-prod;default;backend;v2;Kubernetes" };
        _metrics.Count(record);

        var sample = Assert.Single(Samples("istio_requests_total"));
        Assert.Equal(1, sample.Value);
        Assert.Equal(
            [
                ("reporter", "source"), ("source_workload", "frontend-prod"), ("source_canonical_service", "frontend"), ("source_canonical_revision", "prod"),
                ("source_workload_namespace", "default"), ("source_principal", "unknown"), ("source_app", "frontend"), ("source_version", "prod"), ("source_cluster", "Kubernetes"),
                ("destination_workload", "backend-prod"), ("destination_workload_namespace", "default"), ("destination_principal", "unknown"), ("destination_app", "unknown"),
                ("destination_version", "unknown"), ("destination_service", "backend.default.svc.cluster.local"), ("destination_canonical_service", "backend"),
                ("destination_canonical_revision", "v2"), ("destination_service_name", "backend"), ("destination_service_namespace", "default"), ("destination_cluster", "Kubernetes"),
                ("request_protocol", "http"), ("response_code", "200"), ("grpc_response_status", ""), ("response_flags", "-"), ("connection_security_policy", "unknown"),
            ],
            sample.Labels.Select(label => (label.Key, label.Value)));
    }

    [Fact]
    public void A_server_reports_who_called_from_the_peers_metadata()
    {
        var record = Records.Exchange();
        record.Listener = Records.Inbound;
        record.SetPeerMetadata(Metadata("middleware-canary", ("app", "middleware"), ("version", "canary")));
        _metrics.Count(record);

        var sample = Assert.Single(Samples("istio_requests_total"));
        Assert.Equal(
            ("destination", "middleware-canary", "middleware", "canary", "frontend-prod", "none"),
            (sample.Label("reporter"), sample.Label("source_workload"), sample.Label("source_app"), sample.Label("source_canonical_revision"),
             sample.Label("destination_workload"), sample.Label("connection_security_policy")));
    }

    [Fact]
    public void What_the_server_says_of_itself_beats_the_endpoints_metadata()
    {
        var record = Records.Exchange();
        record.Endpoint = new EndpointModel { Address = new(0, 1), Workload = "old;default;old;;Kubernetes" };
        record.SetPeerMetadata(Metadata("backend-prod", ("app", "backend")));
        _metrics.Count(record);

        Assert.Equal("backend-prod", Assert.Single(Samples("istio_requests_total")).Label("destination_workload"));
    }

    [Theory]
    [InlineData("PassthroughCluster", null, "api.example", "PassthroughCluster")]
    [InlineData("BlackHoleCluster", null, "api.example", "BlackHoleCluster")]
    [InlineData(null, "block_all", "api.example", "BlackHoleCluster")]
    [InlineData(null, "fixed", "api.example", "api.example")]
    public void Destinations_without_a_service(string? cluster, string? route, string service, string name)
    {
        var record = Records.Exchange("GET / HTTP/1.1\r\nHost: api.example\r\n\r\n");
        record.Cluster = cluster is null ? null : Records.Named(cluster);
        record.Route = route is null ? null : new RouteModel { Name = route, Match = new RouteMatchModel(), Action = new RouteActionModel.Direct(502, []) };
        _metrics.Count(record);

        var sample = Assert.Single(Samples("istio_requests_total"));
        Assert.Equal((service, name), (sample.Label("destination_service"), sample.Label("destination_service_name")));
    }

    [Fact]
    public void Metadata_that_cannot_be_read_is_an_unknown_peer()
    {
        foreach (var junk in (ReadOnlySpan<string>)["%%%", "AAAA", "////"])
        {
            var record = Records.Exchange();
            record.Listener = Records.Inbound;
            record.SetPeerMetadata(Encoding.ASCII.GetBytes(junk));
            _metrics.Count(record);
        }

        Assert.Equal(3, Assert.Single(Samples("istio_requests_total")).Value);
    }

    [Fact]
    public void Each_status_flag_and_protocol_is_a_series_of_its_own()
    {
        Count(record => record.Status = 503, record => record.Flags = ResponseFlags.UpstreamConnectionFailure | ResponseFlags.UpstreamRetryLimitExceeded);
        Count(record => record.GrpcStatus = 14);
        Count();
        Count();

        var samples = Samples("istio_requests_total");
        Assert.Equal(
            ["grpc 200 14 -: 1", "http 200  -: 2", "http 503  UF,URX: 1"],
            samples.Select(sample => $"{sample.Label("request_protocol")} {sample.Label("response_code")} {sample.Label("grpc_response_status")} {sample.Label("response_flags")}: {sample.Value}").Order());
    }

    [Fact]
    public void Durations_and_sizes_fall_into_Istios_buckets()
    {
        Count(record => record.DurationMicroseconds = 500, record => record.BytesReceived = 0, record => record.BytesSent = 3_600_001);
        Count(record => record.DurationMicroseconds = 12_000);

        var buckets = Samples("istio_request_duration_milliseconds_bucket");
        Assert.Equal(
            "0.5 1 5 10 25 50 100 250 500 1000 2500 5000 10000 30000 60000 300000 600000 1800000 3600000 +Inf",
            string.Join(' ', buckets.Select(bucket => bucket.Label("le"))));
        Assert.Equal([1, 1, 1, 1, 2], buckets.Take(5).Select(bucket => bucket.Value));
        Assert.Equal(12.5, Assert.Single(Samples("istio_request_duration_milliseconds_sum")).Value);
        Assert.Equal(2, Assert.Single(Samples("istio_request_bytes_count")).Value);
        Assert.Equal([1, 2], Samples("istio_response_bytes_bucket").TakeLast(2).Select(bucket => bucket.Value));
    }

    [Fact]
    public void Connections_count_when_they_open_while_they_run_and_when_they_close()
    {
        var record = Records.Connection(Records.Outbound, Records.Backend);
        _metrics.Opened(record);
        record.BytesReceived = 10;
        Assert.Equal(10, Assert.Single(Samples("istio_tcp_received_bytes_total")).Value);
        Assert.Equal(0, Assert.Single(Samples("istio_tcp_connections_closed_total")).Value);

        record.BytesReceived = 15;
        record.BytesSent = 7;
        _metrics.Closed(record);
        Assert.Equal(15, Assert.Single(Samples("istio_tcp_received_bytes_total")).Value);
        Assert.Equal(7, Assert.Single(Samples("istio_tcp_sent_bytes_total")).Value);
        var closed = Assert.Single(Samples("istio_tcp_connections_closed_total"));
        Assert.Equal(("tcp", "backend", 1.0), (closed.Label("request_protocol"), closed.Label("destination_service_name"), closed.Value));
        Assert.DoesNotContain("response_code", closed.Labels.Keys);
    }

    [Fact]
    public void Loops_add_up()
    {
        var other = new LoopMetrics(_registry, Self);
        Count();
        other.Count(Records.Exchange());
        other.Flush();

        Assert.Equal(2, Assert.Single(Samples("istio_requests_total")).Value);
    }

    [Fact]
    public void Counting_a_known_series_allocates_nothing()
    {
        var record = Records.Exchange();
        record.Listener = Records.Inbound;
        record.SetPeerMetadata(Metadata("peer", ("app", "peer")));
        for (var i = 0; i < 100; i++)
        {
            _metrics.Count(record);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            _metrics.Count(record);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_client_cannot_make_as_many_series_as_it_likes()
    {
        var record = Records.Exchange();
        record.Listener = Records.Inbound;
        for (var i = 0; i < 6_000; i++)
        {
            record.SetPeerMetadata(Metadata($"peer-{i}"));
            _metrics.Count(record);
        }

        var samples = Samples("istio_requests_total");
        Assert.InRange(samples.Count, 2, 5_000);
        Assert.Equal(6_000, samples.Sum(sample => sample.Value));
    }

    [Fact]
    public void Clusters_have_Envoys_counters()
    {
        Count(record => record.Attempts = 3);
        Count(record => record.Status = 504, record => record.Flags = ResponseFlags.UpstreamRequestTimeout);
        _metrics.Flush();
        var text = new TextBuffer(1024);
        _registry.WriteStats(text);
        var lines = Encoding.UTF8.GetString(text.Written).Split('\n');

        const string Name = "cluster.outbound|80||backend.default.svc.cluster.local.";
        Assert.Superset(
            new HashSet<string> { Name + "upstream_rq_200: 1", Name + "upstream_rq_5xx: 1", Name + "upstream_rq_total: 4", Name + "upstream_rq_retry: 2", Name + "upstream_rq_timeout: 1" },
            lines.ToHashSet());
    }

    [Theory]
    [InlineData("a;ns;svc;v2;c1", "a ns svc v2 c1")]
    [InlineData("a;ns;svc;;c1", "a ns svc latest c1")]
    [InlineData("a;ns", "unknown unknown unknown unknown unknown")]
    [InlineData("", "unknown unknown unknown unknown unknown")]
    public void Workloads_of_endpoints(string metadata, string expected)
    {
        var identity = WorkloadIdentity.FromEndpoint(metadata);
        Assert.Equal(expected, $"{identity.Workload} {identity.Namespace} {identity.CanonicalService} {identity.CanonicalRevision} {identity.Cluster}");
    }

    private void Count(params IEnumerable<Action<ExchangeRecord>> changes)
    {
        var record = Records.Exchange();
        foreach (var change in changes)
        {
            change(record);
        }

        _metrics.Count(record);
    }

    private static byte[] Metadata(string workload, params IEnumerable<(string Name, string Value)> labels)
    {
        var told = new Struct();
        told.Fields["WORKLOAD_NAME"] = Value.ForString(workload);
        told.Fields["NAMESPACE"] = Value.ForString("default");
        told.Fields["CLUSTER_ID"] = Value.ForString("Kubernetes");
        told.Fields["LABELS"] = Value.ForStruct(new Struct());
        foreach (var (name, value) in labels)
        {
            told.Fields["LABELS"].StructValue.Fields[name] = Value.ForString(value);
        }

        return PeerMetadataCodec.Encode(told);
    }

    private IReadOnlyList<MetricSample> Samples(string name)
    {
        _metrics.Flush();
        var text = new TextBuffer(1024);
        _registry.WritePrometheus(new PrometheusWriter(text));
        return PrometheusText.Parse(Encoding.UTF8.GetString(text.Written), metric => metric == name);
    }
}
