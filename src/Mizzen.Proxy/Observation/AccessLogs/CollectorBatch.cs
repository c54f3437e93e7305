using System.Text;
using Google.Protobuf;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Upstream;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Resource.V1;

namespace Mizzen.Proxy.Observation.AccessLogs;

/// <summary>
/// Records of one loop for one collector. They are sent over the loop's own connections, one call at a time; what gathers beyond a limit
/// meanwhile is counted and lost, and so is what the collector does not take. Costs objects for each record, which files do not.
/// </summary>
internal sealed class CollectorBatch
{
    /// <summary>Bytes of records that may wait for a collector.</summary>
    public const int MostPending = 4 * 1024 * 1024;

    private const int LargestAnswer = 64 * 1024;

    private readonly CollectorLogModel _model;
    private readonly Resource _resource = new();
    private readonly TextBuffer _text = new(1024);
    private List<LogRecord> _records = [];
    private int _bytes;
    private int _dropped;
    private bool _isCalling;

    public CollectorBatch(CollectorLogModel model, string node)
    {
        _model = model;
        _resource.Attributes.Add(model.Resource.Select(entry => Pair(entry.Key, entry.Value)));
        if (model.NamesNode)
        {
            _resource.Attributes.Add(Pair("node_name", node));
        }
    }

    private static ReadOnlySpan<byte> Path => "/opentelemetry.proto.collector.logs.v1.LogsService/Export"u8;

    /// <summary>Adds a record; sends all when they are enough.</summary>
    public void Add(LoggedEvent logged, LoopUpstreams? upstreams)
    {
        if (_bytes > MostPending)
        {
            _dropped++;
            return;
        }

        var record = Record(logged);
        _records.Add(record);
        _bytes += record.CalculateSize();
        if (_bytes >= _model.BatchBytes)
        {
            Send(upstreams);
        }
    }

    /// <summary>Sends what there is, unless a call is under way. False when there is nothing to do for this collector.</summary>
    public bool Send(LoopUpstreams? upstreams)
    {
        if (_isCalling || upstreams is null)
        {
            return true;
        }

        Report(upstreams, _model.Dropped, _dropped);
        _dropped = 0;
        if (_records.Count == 0)
        {
            return false;
        }

        var request = new ExportLogsServiceRequest
        {
            ResourceLogs = { new ResourceLogs { Resource = _resource, ScopeLogs = { new ScopeLogs { LogRecords = { _records } } } } },
        };
        Call(upstreams, GrpcMessage.Frame(request.ToByteArray()), _records.Count);
        _records = [];
        _bytes = 0;
        return true;
    }

    private static void Report(LoopUpstreams upstreams, CounterKey counter, int count)
    {
        if (count > 0)
        {
            upstreams.Count(counter, count);
        }
    }

    private static KeyValue Pair(string key, string value) => new() { Key = key, Value = new AnyValue { StringValue = value } };

    private void Call(LoopUpstreams upstreams, byte[] message, int count)
    {
        _isCalling = true;
        var call = new SideRequest(upstreams, _model.Cluster, LargestAnswer) { SpeaksHttp2 = true };
        call.ComposeCall(Path, _model.Authority, message.Length, _model.Metadata);
        call.Send(message, _model.Timeout, answer =>
        {
            _isCalling = false;
            var rejected = answer.GrpcStatus == 0 ? Rejected(answer.Body) : count;
            Report(upstreams, _model.Written, count - rejected);
            Report(upstreams, _model.Dropped, rejected);
        });
    }

    // A collector may take some and refuse others (partial_success).
    private static int Rejected(byte[] body)
    {
        try
        {
            return GrpcMessage.TryRead(body, out var message) ? (int)(ExportLogsServiceResponse.Parser.ParseFrom(message).PartialSuccess?.RejectedLogRecords ?? 0) : 0;
        }
        catch (InvalidProtocolBufferException)
        {
            return 0;
        }
    }

    private LogRecord Record(LoggedEvent logged)
    {
        var record = new LogRecord { TimeUnixNano = (ulong)((logged.Started - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick) };
        if (_model.Body.Count > 0)
        {
            record.Body = new AnyValue { StringValue = Text(_model.Body, logged) };
        }

        for (var i = 0; i < _model.Attributes.Count; i++)
        {
            record.Attributes.Add(Pair(_model.Attributes[i].Key, Text(_model.Attributes[i].Parts, logged)));
        }

        if (logged.Request is { IsEmpty: false } request && request.TryGet("traceparent"u8, out var trace))
        {
            SetTrace(record, trace);
        }

        return record;
    }

    private string Text(IReadOnlyList<AccessLogPart> parts, LoggedEvent logged)
    {
        _text.Truncate(0);
        AccessLogLine.WriteParts(parts, logged, _text);
        return Encoding.UTF8.GetString(_text.Written);
    }

    // W3C Trace Context: version-traceid-parentid-flags, in hexadecimal.
    private static void SetTrace(LogRecord record, ReadOnlySpan<byte> trace)
    {
        Span<byte> trace128 = stackalloc byte[16];
        Span<byte> span64 = stackalloc byte[8];
        if (trace.Length >= 55 && Convert.FromHexString(trace.Slice(3, 32), trace128, out _, out _) == System.Buffers.OperationStatus.Done
            && Convert.FromHexString(trace.Slice(36, 16), span64, out _, out _) == System.Buffers.OperationStatus.Done)
        {
            record.TraceId = ByteString.CopyFrom(trace128);
            record.SpanId = ByteString.CopyFrom(span64);
        }
    }
}
