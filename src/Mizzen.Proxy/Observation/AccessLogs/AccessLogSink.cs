using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Threading.Channels;

using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Observation.AccessLogs;

/// <summary>
/// Writes lines to files in batches, away from the loops: a loop that hands over never waits for a disk or a reader. When a file takes
/// nothing for so long that <see cref="MostPending"/> is reached, further batches are dropped and counted. What a full disk does not take
/// is counted and lost; the next batch is tried again.
/// </summary>
internal sealed class AccessLogSink : IAsyncDisposable
{
    /// <summary>Bytes that may wait to be written.</summary>
    public const long MostPending = 64L * 1024 * 1024;

    private const int MostSpare = 16;

    private static readonly CounterKey Failed = CounterKey.Plain("access_log_file.write_failed");
    private static readonly CounterKey NotOpened = CounterKey.Plain("access_log_file.reopen_failed");
    private static readonly CounterKey DroppedBatches = CounterKey.Plain("access_log_file.write_dropped");

    private readonly Channel<Batch> _batches = Channel.CreateUnbounded<Batch>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentBag<TextBuffer> _spare = [];
    private readonly Dictionary<string, int> _descriptors = new(StringComparer.Ordinal);
    private readonly HashSet<string> _failing = new(StringComparer.Ordinal);
    private readonly Logger _log;
    private readonly Action<CounterKey, long> _count;
    private readonly Task _writing;
    private long _pending;
    private long _dropped;

    /// <param name="log">Takes the first failure of a file, and its end.</param>
    /// <param name="count">Takes counts, from any thread.</param>
    public AccessLogSink(Logger log, Action<CounterKey, long> count)
    {
        _log = log;
        _count = count;
        _writing = Task.Factory.StartNew(WriteAllAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
    }

    /// <summary>Batches that were dropped because nothing could be written.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Takes lines that are to be written and gives an empty buffer for the next ones. Callable from any loop.</summary>
    public TextBuffer Exchange(string path, TextBuffer lines)
    {
        if (Interlocked.Add(ref _pending, lines.Length) > MostPending)
        {
            Interlocked.Add(ref _pending, -lines.Length);
            Interlocked.Increment(ref _dropped);
            _count(DroppedBatches, 1);
            lines.Truncate(0);
            return lines;
        }

        _ = _batches.Writer.TryWrite(new Batch(path, lines));
        return _spare.TryTake(out var spare) ? spare : new TextBuffer(lines.Length);
    }

    /// <summary>Opens the files anew, behind what was handed over before: who rotates logs has moved them away (Envoy's SIGUSR1).</summary>
    public void Reopen() => _ = _batches.Writer.TryWrite(new Batch("", null));

    /// <summary>Writes everything that was handed over, then closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        _batches.Writer.TryComplete();
        await _writing;
        CloseAll();
    }

    private async Task WriteAllAsync()
    {
        await foreach (var batch in _batches.Reader.ReadAllAsync())
        {
            if (batch.Lines is not { } lines)
            {
                CloseAll();
                continue;
            }

            Write(batch.Path, lines);
            Interlocked.Add(ref _pending, -lines.Length);
            lines.Truncate(0);
            if (_spare.Count < MostSpare)
            {
                _spare.Add(lines);
            }
        }
    }

    private void Write(string path, TextBuffer lines)
    {
        var descriptor = DescriptorOf(path);
        var error = descriptor < 0 ? -descriptor : Descriptor.Write(descriptor, lines.Written);
        if (error == 0)
        {
            if (_failing.Remove(path))
            {
                _log.Info($"access log {path}: lines are written again");
            }

            return;
        }

        _count(descriptor < 0 ? NotOpened : Failed, 1);
        if (_failing.Add(path))
        {
            _log.Error($"access log {path}: lines are lost: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    private int DescriptorOf(string path)
    {
        switch (path)
        {
            case "/dev/stdout":
                return 1;
            case "/dev/stderr":
                return 2;
        }

        if (!_descriptors.TryGetValue(path, out var descriptor))
        {
            descriptor = Descriptor.OpenToAppend(path);
            if (descriptor >= 0)
            {
                _descriptors[path] = descriptor;
            }
        }

        return descriptor;
    }

    private void CloseAll()
    {
        foreach (var descriptor in _descriptors.Values)
        {
            Descriptor.Close(descriptor);
        }

        _descriptors.Clear();
    }

    private readonly record struct Batch(string Path, TextBuffer? Lines);
}
