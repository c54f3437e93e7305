using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Observation.AccessLogs;

/// <summary>The access log of one loop: lines gather per file and go to the sink when there are enough, or at a flush; records for collectors likewise.</summary>
/// <param name="sink">Writes to files.</param>
/// <param name="node">Who the proxy is, for collectors.</param>
internal sealed class LoopAccessLog(AccessLogSink sink, string node)
{
    private const int BatchSize = 16 * 1024;

    private readonly Dictionary<string, LogFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<CollectorLogModel, CollectorBatch> _collectors = new(ReferenceEqualityComparer.Instance);
    private readonly LoggedEvent _event = new();
    private LoopUpstreams? _upstreams;

    /// <summary>Tells the way to collectors; before that their records wait.</summary>
    public void Attach(LoopUpstreams upstreams) => _upstreams = upstreams;

    public void Write(IReadOnlyList<AccessLogModel> logs, ExchangeRecord record)
    {
        if (logs.Count > 0)
        {
            _event.Take(record);
            Write(logs, record.Status, record.DurationMicroseconds / 1000, record.Flags, record.Request);
        }
    }

    public void Write(IReadOnlyList<AccessLogModel> logs, ConnectionRecord record)
    {
        if (logs.Count > 0)
        {
            _event.Take(record);
            Write(logs, 0, record.DurationMicroseconds / 1000, record.Flags, null);
        }
    }

    /// <summary>Hands everything over.</summary>
    public void Flush()
    {
        foreach (var file in _files.Values)
        {
            if (file.Lines.Length > 0)
            {
                file.Lines = sink.Exchange(file.Path, file.Lines);
            }
        }

        foreach (var (collector, batch) in _collectors)
        {
            // One that nothing came for since the last time is perhaps gone from the configuration.
            if (!batch.Send(_upstreams))
            {
                _ = _collectors.Remove(collector);
            }
        }
    }

    private void Write(IReadOnlyList<AccessLogModel> logs, int status, long milliseconds, ResponseFlags flags, RequestHead? request)
    {
        for (var i = 0; i < logs.Count; i++)
        {
            if (logs[i].Filter is { } filter && !AccessLogChoice.Holds(filter, status, milliseconds, flags, request, (uint)Random.Shared.Next(1_000_000)))
            {
                continue;
            }

            if (logs[i] is FileLogModel file)
            {
                Write(file);
            }
            else if (logs[i] is CollectorLogModel collector)
            {
                BatchOf(collector).Add(_event, _upstreams);
            }
        }
    }

    private void Write(FileLogModel log)
    {
        var file = FileOf(log.Path);
        AccessLogLine.Write(log.Format, _event, file.Lines);
        if (file.Lines.Length >= BatchSize)
        {
            file.Lines = sink.Exchange(file.Path, file.Lines);
        }
    }

    private CollectorBatch BatchOf(CollectorLogModel collector)
    {
        if (!_collectors.TryGetValue(collector, out var batch))
        {
            batch = new CollectorBatch(collector, node);
            _collectors[collector] = batch;
        }

        return batch;
    }

    private LogFile FileOf(string path)
    {
        if (!_files.TryGetValue(path, out var file))
        {
            file = new LogFile(path);
            _files[path] = file;
        }

        return file;
    }

    private sealed class LogFile(string path)
    {
        public string Path { get; } = path;

        public TextBuffer Lines { get; set; } = new(BatchSize + 1024);
    }
}
