using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace Mizzen.Cluster.ApiServer.Subresources;

/// <summary>
/// Copies a container's log file, whose lines are <c>time stream F text</c>, to a client who wants text, perhaps with times; to the
/// end, or along with the writer until the run is over.
/// </summary>
internal sealed class LogReader(LogQuery query, PipeWriter output, TimeProvider clock)
{
    private const int ChunkSize = 32 * 1024;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly byte[] _chunk = new byte[ChunkSize];
    private readonly List<byte> _unfinished = [];
    private long _left = query.LimitBytes ?? long.MaxValue;
    private long _skip;

    /// <param name="file">The log of one run.</param>
    /// <param name="isOver">Whether the run that writes it has ended; asked while following.</param>
    /// <param name="cancellationToken">Ends the copy.</param>
    public async Task CopyAsync(string file, Func<bool> isOver, CancellationToken cancellationToken)
    {
        await using var stream = Open(file);
        if (query.TailLines is { } tail)
        {
            _skip = Math.Max(0, await CountLinesAsync(stream, cancellationToken) - tail);
            stream.Position = 0;
        }

        while (true)
        {
            // Asked before reading: what was written until then is read now.
            var over = !query.Follow || isOver();
            await CopyWhatIsThereAsync(stream, cancellationToken);
            await output.FlushAsync(cancellationToken);
            if (over || _left <= 0)
            {
                return;
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    private async Task CopyWhatIsThereAsync(FileStream stream, CancellationToken cancellationToken)
    {
        int read;
        while (_left > 0 && (read = await stream.ReadAsync(_chunk, cancellationToken)) > 0)
        {
            TakeLines(_chunk.AsSpan(0, read));
            await output.FlushAsync(cancellationToken);
        }
    }

    // The writer may be in the middle of a line: its rest comes with a later read.
    private void TakeLines(ReadOnlySpan<byte> bytes)
    {
        for (int end; (end = bytes.IndexOf((byte)'\n')) >= 0; bytes = bytes[(end + 1)..])
        {
            _unfinished.AddRange(bytes[..end]);
            Write(Encoding.UTF8.GetString([.. _unfinished]));
            _unfinished.Clear();
        }

        _unfinished.AddRange(bytes);
    }

    private void Write(string line)
    {
        if (_skip > 0)
        {
            _skip--;
            return;
        }

        var (time, text) = Split(line);
        if (query.Since is { } since
            && DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var written)
            && written < since)
        {
            return;
        }

        var bytes = Encoding.UTF8.GetBytes(query.Timestamps ? $"{time} {text}" : text).AsSpan();
        bytes = bytes[..(int)Math.Min(bytes.Length, _left)];
        _left -= bytes.Length;
        bytes.CopyTo(output.GetSpan(bytes.Length));
        output.Advance(bytes.Length);
    }

    // P is a part of a line that goes on in the next one.
    private static (string Time, string Text) Split(string line)
    {
        var parts = line.Split(' ', 4);
        return parts.Length == 4 ? (parts[0], parts[2] == "P" ? parts[3] : parts[3] + "\n") : ("", line + "\n");
    }

    private async Task<long> CountLinesAsync(FileStream stream, CancellationToken cancellationToken)
    {
        var lines = 0L;
        int read;
        while ((read = await stream.ReadAsync(_chunk, cancellationToken)) > 0)
        {
            lines += _chunk.AsSpan(0, read).Count((byte)'\n');
        }

        return lines;
    }

    private static FileStream Open(string file) => new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
}
