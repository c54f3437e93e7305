using System.Net;
using System.Text;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Tests.Observation;

/// <summary>Exchanges and connections as the engine would report them.</summary>
internal static class Records
{
    public static ListenerModel Inbound { get; } = Listener("virtualInbound", TrafficDirection.Inbound);

    public static ListenerModel Outbound { get; } = Listener("0.0.0.0_80", TrafficDirection.Outbound);

    public static ClusterModel Backend { get; } = new()
    {
        Key = ClusterKey.Of("outbound|80||backend.default.svc.cluster.local"),
        Service = new ServiceIdentity("backend.default.svc.cluster.local", "backend", "default"),
    };

    public static ClusterModel Named(string name) => new() { Key = ClusterKey.Of(name) };

    public static ExchangeRecord Exchange(string request = "GET / HTTP/1.1\r\nHost: backend\r\n\r\n")
    {
        var record = new ExchangeRecord
        {
            Listener = Outbound,
            Cluster = Backend,
            Status = 200,
            Attempts = 1,
            Started = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
            DurationMicroseconds = 12_345,
            BytesReceived = 3,
            BytesSent = 700,
            DownstreamRemote = NetAddress.Of(IPEndPoint.Parse("10.0.0.1:40000")),
            DownstreamLocal = NetAddress.Of(IPEndPoint.Parse("10.96.0.5:80")),
            UpstreamLocal = NetAddress.Of(IPEndPoint.Parse("10.0.0.1:50000")),
            UpstreamRemote = NetAddress.Of(IPEndPoint.Parse("10.0.0.2:3000")),
        };
        var scanned = 0;
        Assert.Equal(HeadError.None, record.Request.Read(new BufferPool(), Encoding.ASCII.GetBytes(request), ref scanned, out _));
        return record;
    }

    public static ConnectionRecord Connection(ListenerModel listener, ClusterModel cluster) => new()
    {
        Listener = listener,
        Cluster = cluster,
        Started = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
        DownstreamRemote = NetAddress.Of(IPEndPoint.Parse("10.0.0.1:40000")),
    };

    private static ListenerModel Listener(string name, TrafficDirection direction) =>
        new() { Name = name, Address = new IPEndPoint(IPAddress.Any, 80), Direction = direction };
}
