using System.Threading.Channels;

namespace Mizzen.ControlPlane.Ingest;

/// <summary>
/// Turns a burst of signals into one: after a time of quiet, but never later than a limit after the first of them. While bursts follow each
/// other, they are spaced by what their consequences cost, so that a mesh in which something changes all the time is not pushed all the time.
/// </summary>
internal sealed class Debounce(TimeSpan quiet, TimeSpan longest, TimeProvider clock)
{
    private const int SpacingOfCost = 3;
    private const int LongestSpacing = 3;

    // Room for one: a signal that finds another waiting is part of the same burst.
    private readonly Channel<bool> _arrived = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private long _spacing;
    private long _last = clock.GetTimestamp();

    /// <summary>Tells how long the consequences of the last burst took: the next is over three times as long after it, or three limits.</summary>
    public void Space(TimeSpan cost) => Volatile.Write(ref _spacing, Math.Min(cost.Ticks * SpacingOfCost, longest.Ticks * LongestSpacing));

    /// <summary>Something has happened. May be called from any thread.</summary>
    public void Signal() => _arrived.Writer.TryWrite(true);

    /// <summary>Waits for the next burst to be over.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        await _arrived.Reader.ReadAsync(cancellationToken);
        await UntilQuietAsync(cancellationToken);
        var rest = TimeSpan.FromTicks(Volatile.Read(ref _spacing)) - clock.GetElapsedTime(_last);
        if (rest > TimeSpan.Zero)
        {
            await Task.Delay(rest, clock, cancellationToken);
            _arrived.Reader.TryRead(out _);
        }

        _last = clock.GetTimestamp();
    }

    private async Task UntilQuietAsync(CancellationToken cancellationToken)
    {
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
