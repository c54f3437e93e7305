using System.Collections.Concurrent;
using System.Threading.Channels;

using Mizzen.Proxy.Logging;

namespace Mizzen.Proxy.Observation.AccessLogs;

/// <summary>
/// Writes lines to files in batches, away from the loops: a loop that hands over never waits for a disk or a reader. When a file takes
/// nothing for so long that <see cref="MostPending"/> is reached, further batches are dropped and counted.
/// </summary>
internal sealed class AccessLogSink : IAsyncDisposable
{
    /// <summary>Bytes that may wait to be written.</summary>
    public const long MostPending = 64L * 1024 * 1024;

    private const int MostSpare = 16;

    private readonly Channel<Batch> _batches = Channel.CreateUnbounded<Batch>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentBag<TextBuffer> _spare = [];
    private readonly Dictionary<string, int> _descriptors = new(StringComparer.Ordinal) { ["/dev/stdout"] = 1, ["/dev/stderr"] = 2 };
    private readonly List<FileStream> _files = [];
    private readonly Logger _log;
    private readonly Task _writing;
    private long _pending;
    private long _dropped;

    public AccessLogSink(Logger log)
    {
        _log = log;
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
            lines.Truncate(0);
            return lines;
        }

        _ = _batches.Writer.TryWrite(new Batch(path, lines));
        return _spare.TryTake(out var spare) ? spare : new TextBuffer(lines.Length);
    }

    /// <summary>Writes everything that was handed over, then closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        _batches.Writer.TryComplete();
        await _writing;
        foreach (var file in _files)
        {
            await file.DisposeAsync();
        }
    }

    private async Task WriteAllAsync()
    {
        await foreach (var batch in _batches.Reader.ReadAllAsync())
        {
            var error = Descriptor.Write(DescriptorOf(batch.Path), batch.Lines.Written);
            if (error != 0)
            {
                _log.Error($"access log {batch.Path}: {batch.Lines.Length} bytes were not written: error {error}");
            }

            Interlocked.Add(ref _pending, -batch.Lines.Length);
            batch.Lines.Truncate(0);
            if (_spare.Count < MostSpare)
            {
                _spare.Add(batch.Lines);
            }
        }
    }

    private int DescriptorOf(string path)
    {
        if (!_descriptors.TryGetValue(path, out var descriptor))
        {
            descriptor = Open(path);
            _descriptors[path] = descriptor;
        }

        return descriptor;
    }

    private int Open(string path)
    {
        try
        {
            var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            _files.Add(file);
            return (int)file.SafeFileHandle.DangerousGetHandle();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _log.Error($"access log {path} cannot be opened: {error.Message}");
            return -1;
        }
    }

    private readonly record struct Batch(string Path, TextBuffer Lines);
}
