using System.Threading.Channels;

namespace Mizzen.ControlPlane.Ingest;

/// <summary>Turns a burst of signals into one: after a time of quiet, but never later than a limit after the first of them.</summary>
internal sealed class Debounce(TimeSpan quiet, TimeSpan longest, TimeProvider clock)
{
    // Room for one: a signal that finds another waiting is part of the same burst.
    private readonly Channel<bool> _arrived = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Something has happened. May be called from any thread.</summary>
    public void Signal() => _arrived.Writer.TryWrite(true);

    /// <summary>Waits for the next burst to be over.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        await _arrived.Reader.ReadAsync(cancellationToken);
        var first = clock.GetTimestamp();
        do
        {
            var left = longest - clock.GetElapsedTime(first);
            if (left <= TimeSpan.Zero)
            {
                return;
            }

            await Task.Delay(left < quiet ? left : quiet, clock, cancellationToken);
        }
        while (_arrived.Reader.TryRead(out _));
    }
}
