using System.Threading.Channels;

namespace Mizzen.ControlPlane.Ingest;

/// <summary>
/// Turns a burst of signals into one: after a time of quiet, but never later than a limit after the first of them. Bursts that follow each
/// other are spaced by what their consequences cost: those that somebody waits for by as much, those that just happen by a multiple, so that
/// a mesh whose endpoints come and go all the time is not pushed all the time.
/// </summary>
internal sealed class Debounce(TimeSpan quiet, TimeSpan longest, TimeProvider clock)
{
    private const int PatienceOfCost = 5;
    private const int LongestSpacing = 3;
    private const int LongestPatience = 6;

    // Room for one each: a signal that finds another waiting is part of the same burst.
    private readonly Channel<bool> _arrived = Single();
    private readonly Channel<bool> _urgent = Single();

    private Task<bool>? _urgency;
    private long _cost;
    private long _last = clock.GetTimestamp();

    /// <summary>Tells how long the consequences of the last burst took.</summary>
    public void Space(TimeSpan cost) => Volatile.Write(ref _cost, cost.Ticks);

    /// <summary>Something has happened that somebody waits for: it is spaced by the cost of the last burst, three limits at most. From any thread.</summary>
    public void Signal()
    {
        _urgent.Writer.TryWrite(true);
        _arrived.Writer.TryWrite(true);
    }

    /// <summary>Something has happened that happens all the time: it is spaced by five times the cost of the last burst, six limits at most. From any thread.</summary>
    public void SignalPatiently() => _arrived.Writer.TryWrite(true);

    /// <summary>Waits for the next burst to be over.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        await _arrived.Reader.ReadAsync(cancellationToken);
        await UntilQuietAsync(cancellationToken);
        await UntilAsync(Spacing(1, LongestSpacing), cancellationToken);
        await UntilUrgentAsync(Spacing(PatienceOfCost, LongestPatience), cancellationToken);
        Begin();
    }

    private static Channel<bool> Single() => Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    // What is left of the distance to the last burst.
    private TimeSpan Spacing(int times, int limits)
    {
        var cost = TimeSpan.FromTicks(Volatile.Read(ref _cost));
        var distance = cost * times < longest * limits ? cost * times : longest * limits;
        return distance - clock.GetElapsedTime(_last);
    }

    private async Task UntilAsync(TimeSpan rest, CancellationToken cancellationToken)
    {
        if (rest > TimeSpan.Zero)
        {
            await Task.Delay(rest, clock, cancellationToken);
        }
    }

    private async Task UntilUrgentAsync(TimeSpan rest, CancellationToken cancellationToken)
    {
        if (rest <= TimeSpan.Zero)
        {
            return;
        }

        _urgency ??= _urgent.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
        await Task.WhenAny(_urgency, Task.Delay(rest, clock, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void Begin()
    {
        _urgent.Reader.TryRead(out _);
        _arrived.Reader.TryRead(out _);
        _urgency = _urgency is { IsCompleted: false } ? _urgency : null;
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
