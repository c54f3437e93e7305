using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Observation.Metrics;

/// <summary>
/// The counts of one loop. What an exchange's labels depend on is looked up as numbers, and series are found by those; labels become
/// text only once per series, and nothing is allocated for an exchange whose series is known.
/// </summary>
internal sealed class LoopMetrics(MetricsRegistry registry, WorkloadIdentity self)
{
    private const int MostPeers = 4096;
    private const int MostServices = 4096;

    private readonly InternTable<WorkloadIdentity> _peers = new(WorkloadIdentity.Unknown, MostPeers);
    private readonly InternTable<ServiceLabels> _hosts = new(ServiceLabels.Unknown, MostServices);
    private readonly Dictionary<string, WorkloadIdentity> _endpoints = new(StringComparer.Ordinal);
    private readonly Dictionary<HttpKey, Pair<HttpSeries>> _http = [];
    private readonly Dictionary<TcpKey, Pair<TcpSeries>> _tcp = [];
    private readonly Dictionary<ConnectionRecord, OpenConnection> _open = new(ReferenceEqualityComparer.Instance);
    private Pair<ClusterSeries>?[] _clusters = [];

    public void Count(ExchangeRecord record)
    {
        var reporter = ReporterOf(record.Listener);
        var key = new HttpKey(
            reporter,
            PeerOf(record),
            reporter == Reporter.Source && record.PeerMetadata.IsEmpty ? record.Endpoint?.Workload ?? "" : "",
            DestinationServices.Of(record.Cluster, record.Route),
            HostOf(record, reporter),
            record.Status,
            record.GrpcStatus,
            record.Flags,
            IsGrpc(record),
            reporter == Reporter.Source ? record.UpstreamSecurity?.LocalUri ?? "" : record.Security?.Peer?.Uri ?? "",
            reporter == Reporter.Source ? record.UpstreamSecurity?.Peer?.Uri ?? "" : record.Security?.LocalUri ?? "",
            record.Security is { IsMutual: true });
        if (!_http.TryGetValue(key, out var pair))
        {
            pair = new Pair<HttpSeries>(registry.Http(Labels(key)), new HttpSeries());
            _http[key] = pair;
        }

        pair.Local.Count(record);
        pair.IsDirty = true;
        if (record.Cluster is { } cluster)
        {
            var series = ClusterOf(cluster.Key);
            series.Local.Count(record);
            series.IsDirty = true;
        }
    }

    public void Opened(ConnectionRecord record)
    {
        var pair = TcpOf(record);
        pair.Local.Opened++;
        pair.IsDirty = true;
        _open[record] = new OpenConnection(pair);
        if (record.Cluster is { } cluster)
        {
            var series = ClusterOf(cluster.Key);
            series.Local.Connections++;
            series.IsDirty = true;
        }
    }

    public void Closed(ConnectionRecord record)
    {
        // The end has more to say than the beginning: the cluster may have been chosen and flags set meanwhile.
        var pair = TcpOf(record);
        pair.Local.Closed++;
        pair.IsDirty = true;
        _ = _open.Remove(record, out var open);
        CountBytes(record, open ?? new OpenConnection(pair), pair);
    }

    /// <summary>Adds what was counted to the totals.</summary>
    public void Flush()
    {
        foreach (var (record, open) in _open)
        {
            CountBytes(record, open, open.Pair);
        }

        registry.Merge(Move);
    }

    private void Move()
    {
        foreach (var pair in _http.Values)
        {
            if (pair.IsDirty)
            {
                pair.Local.MoveTo(pair.Total);
                pair.IsDirty = false;
            }
        }

        foreach (var pair in _tcp.Values)
        {
            if (pair.IsDirty)
            {
                pair.Local.MoveTo(pair.Total);
                pair.IsDirty = false;
            }
        }

        foreach (var pair in _clusters)
        {
            if (pair is { IsDirty: true })
            {
                pair.Local.MoveTo(pair.Total);
                pair.IsDirty = false;
            }
        }
    }

    private static void CountBytes(ConnectionRecord record, OpenConnection open, Pair<TcpSeries> pair)
    {
        if (record.BytesReceived != open.Received || record.BytesSent != open.Sent)
        {
            pair.Local.Received += record.BytesReceived - open.Received;
            pair.Local.Sent += record.BytesSent - open.Sent;
            pair.IsDirty = true;
            open.Received = record.BytesReceived;
            open.Sent = record.BytesSent;
        }
    }

    private static Reporter ReporterOf(ListenerModel? listener) =>
        listener?.Direction == TrafficDirection.Inbound ? Reporter.Destination : Reporter.Source;

    private static bool IsGrpc(ExchangeRecord record) =>
        record.GrpcStatus >= 0 || GrpcProtocol.IsGrpc(record.Request.Get(KnownHeader.ContentType));

    private int PeerOf(ExchangeRecord record) =>
        record.PeerMetadata.IsEmpty ? 0 : _peers.Of(record.PeerMetadata, static header => PeerMetadataCodec.Decode(header));

    // Where no service is known (passthrough, or no cluster at all) the authority names the destination, on the client's side only:
    // at a server it would let clients make as many series as they like.
    private int HostOf(ExchangeRecord record, Reporter reporter)
    {
        if (reporter == Reporter.Destination || record.Cluster is { Service.Host.Length: > 0 } || record.Request.IsEmpty)
        {
            return 0;
        }

        return _hosts.Of(record.Request.Authority, static host =>
            new ServiceLabels(System.Text.Encoding.UTF8.GetString(host), "", WorkloadIdentity.None));
    }

    private SeriesLabels Labels(in HttpKey key)
    {
        var peer = key.Endpoint.Length > 0 ? EndpointOf(key.Endpoint) : _peers[key.Peer];
        var (source, destination) = key.Reporter == Reporter.Source ? (self, peer) : (peer, self);
        return new SeriesLabels(key.Reporter, source, destination, ServiceOf(key.Service, _hosts[key.Host]), key.IsGrpc ? "grpc" : "http")
        {
            Status = key.Status,
            GrpcStatus = key.GrpcStatus,
            Flags = key.Flags,
            SourcePrincipal = key.SourcePrincipal,
            DestinationPrincipal = key.DestinationPrincipal,
            IsMutualTls = key.IsMutualTls,
        };
    }

    private static ServiceLabels ServiceOf(ServiceIdentity service, ServiceLabels host) => service.Host.Length > 0
        ? new ServiceLabels(service.Host, service.Name, service.Namespace)
        : host with { Name = service.Name.Length > 0 ? service.Name : host.Name.Length > 0 ? host.Name : host.Host };

    private Pair<TcpSeries> TcpOf(ConnectionRecord record)
    {
        var reporter = ReporterOf(record.Listener);
        var key = new TcpKey(reporter, record.Endpoint?.Workload ?? "", DestinationServices.Of(record.Cluster, route: null), record.Flags,
            reporter == Reporter.Source ? record.UpstreamSecurity?.LocalUri ?? "" : record.Security?.Peer?.Uri ?? "",
            reporter == Reporter.Source ? record.UpstreamSecurity?.Peer?.Uri ?? "" : record.Security?.LocalUri ?? "",
            record.Security is { IsMutual: true });
        if (!_tcp.TryGetValue(key, out var pair))
        {
            var peer = reporter == Reporter.Source && key.Endpoint.Length > 0 ? EndpointOf(key.Endpoint) : WorkloadIdentity.Unknown;
            var (source, destination) = reporter == Reporter.Source ? (self, peer) : (peer, self);
            var labels = new SeriesLabels(reporter, source, destination, ServiceOf(key.Service, ServiceLabels.Unknown), "tcp")
            {
                Flags = record.Flags,
                SourcePrincipal = key.SourcePrincipal,
                DestinationPrincipal = key.DestinationPrincipal,
                IsMutualTls = key.IsMutualTls,
            };
            pair = new Pair<TcpSeries>(registry.Tcp(labels), new TcpSeries());
            _tcp[key] = pair;
        }

        return pair;
    }

    private WorkloadIdentity EndpointOf(string workload)
    {
        if (!_endpoints.TryGetValue(workload, out var identity))
        {
            identity = WorkloadIdentity.FromEndpoint(workload);
            _endpoints[workload] = identity;
        }

        return identity;
    }

    private Pair<ClusterSeries> ClusterOf(ClusterKey key)
    {
        if (key.Ordinal >= _clusters.Length)
        {
            Array.Resize(ref _clusters, Math.Max(16, (key.Ordinal + 1) * 2));
        }

        return _clusters[key.Ordinal] ??= new Pair<ClusterSeries>(registry.Cluster(key.Name), new ClusterSeries());
    }

    private readonly record struct HttpKey(
        Reporter Reporter,
        int Peer,
        string Endpoint,
        ServiceIdentity Service,
        int Host,
        int Status,
        int GrpcStatus,
        ResponseFlags Flags,
        bool IsGrpc,
        string SourcePrincipal,
        string DestinationPrincipal,
        bool IsMutualTls)
    {
        // Principals are long and hardly ever tell two keys apart: they are compared, not hashed.
        public override int GetHashCode() => HashCode.Combine(Reporter, Peer, Endpoint, Service, Host, Status, GrpcStatus, Flags);
    }

    private readonly record struct TcpKey(
        Reporter Reporter,
        string Endpoint,
        ServiceIdentity Service,
        ResponseFlags Flags,
        string SourcePrincipal,
        string DestinationPrincipal,
        bool IsMutualTls);

    /// <summary>How much of a connection under way has been counted.</summary>
    private sealed class OpenConnection(Pair<TcpSeries> pair)
    {
        public Pair<TcpSeries> Pair { get; } = pair;

        public long Received { get; set; }

        public long Sent { get; set; }
    }

    private sealed class Pair<TSeries>(TSeries total, TSeries local)
    {
        public TSeries Total { get; } = total;

        public TSeries Local { get; } = local;

        public bool IsDirty { get; set; }
    }
}
