using System.Buffers;
using System.IO.Pipelines;

namespace Mizzen.Cluster.Node;

/// <summary>The output of a program, which its log reads, and whoever attaches reads too, from then on.</summary>
internal sealed class SharedOutput(Stream output) : ForwardStream
{
    private readonly Lock _lock = new();
    private readonly List<PipeWriter> _attached = [];
    private bool _ended;

    public override bool CanRead => true;

    /// <summary>What the program writes from now on, to its end. The program waits for a reader that is slow, until it goes.</summary>
    public Stream Attach()
    {
        var pipe = new Pipe();
        lock (_lock)
        {
            if (_ended)
            {
                pipe.Writer.Complete();
            }
            else
            {
                _attached.Add(pipe.Writer);
            }
        }

        return pipe.Reader.AsStream();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await output.ReadAsync(buffer, cancellationToken);
        foreach (var attached in Attached(ended: read == 0))
        {
            await TellAsync(attached, buffer[..read]);
        }

        return read;
    }

    private PipeWriter[] Attached(bool ended)
    {
        lock (_lock)
        {
            _ended |= ended;
            return [.. _attached];
        }
    }

    private async Task TellAsync(PipeWriter attached, ReadOnlyMemory<byte> text)
    {
        attached.Write(text.Span);
        if (text.Length == 0)
        {
            await attached.CompleteAsync();
        }
        else if (!(await attached.FlushAsync()).IsCompleted)
        {
            return;
        }

        lock (_lock)
        {
            _attached.Remove(attached);
        }
    }
}
