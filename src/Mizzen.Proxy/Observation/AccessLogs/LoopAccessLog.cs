using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Observation.AccessLogs;

/// <summary>The access log of one loop: lines gather per file and go to the sink when there are enough, or at a flush.</summary>
internal sealed class LoopAccessLog(AccessLogSink sink)
{
    private const int BatchSize = 16 * 1024;

    private readonly Dictionary<string, LogFile> _files = new(StringComparer.Ordinal);
    private readonly LoggedEvent _event = new();

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
    }

    private void Write(IReadOnlyList<AccessLogModel> logs, int status, long milliseconds, ResponseFlags flags, RequestHead? request)
    {
        for (var i = 0; i < logs.Count; i++)
        {
            if (logs[i].Filter is { } filter && !AccessLogChoice.Holds(filter, status, milliseconds, flags, request, (uint)Random.Shared.Next(1_000_000)))
            {
                continue;
            }

            var file = FileOf(logs[i].Path);
            AccessLogLine.Write(logs[i].Format, _event, file.Lines);
            if (file.Lines.Length >= BatchSize)
            {
                file.Lines = sink.Exchange(file.Path, file.Lines);
            }
        }
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
