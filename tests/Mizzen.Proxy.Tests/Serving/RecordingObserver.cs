using System.Collections.Concurrent;
using System.Text;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>What an exchange ended as, copied out of its record.</summary>
internal sealed record Outcome(int Status, ResponseFlags Flags, string Details, int Attempts, string Path, string Peer, long Received, long Sent);

/// <summary>Keeps what the engine reports.</summary>
internal sealed class RecordingObserver : ITrafficObserver
{
    public ConcurrentQueue<Outcome> Exchanges { get; } = [];

    public ConcurrentQueue<ConnectionRecord> Opened { get; } = [];

    public ConcurrentQueue<ConnectionRecord> Closed { get; } = [];

    /// <summary>Counters by Envoy's name.</summary>
    public ConcurrentDictionary<string, long> Counts { get; } = [];

    /// <summary>What the clients' TLS handshakes have established, an entry per exchange over TLS.</summary>
    public ConcurrentQueue<ConnectionSecurity> Secured { get; } = [];

    /// <summary>Off, for tests that count allocations.</summary>
    public bool Records { get; set; } = true;

    public void OnExchange(ExchangeRecord record)
    {
        if (Records)
        {
            if (record.Security is { } security)
            {
                Secured.Enqueue(security);
            }

            Exchanges.Enqueue(new Outcome(
                record.Status, record.Flags, record.Details, record.Attempts,
                Encoding.Latin1.GetString(record.Request.Path), Encoding.Latin1.GetString(record.PeerMetadata), record.BytesReceived, record.BytesSent));
        }
    }

    public void OnConnectionOpened(ConnectionRecord record) => Opened.Enqueue(record);

    public void OnConnectionClosed(ConnectionRecord record) => Closed.Enqueue(record);

    public void Count(CounterKey counter, long amount = 1)
    {
        if (Records)
        {
            Counts.AddOrUpdate(counter.Name, static (_, added) => added, static (_, count, added) => count + added, amount);
        }
    }

    public void Flush()
    {
    }
}
