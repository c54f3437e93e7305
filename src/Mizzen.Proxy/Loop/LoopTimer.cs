namespace Mizzen.Proxy.Loop;

/// <summary>A timer that lives inside the object it serves; arming and disarming allocate nothing.</summary>
internal sealed class LoopTimer(Action onElapsed)
{
    /// <summary>Loop time in milliseconds at which it is due.</summary>
    internal long Due;

    /// <summary>Loop time of the slot that holds it; at most <see cref="Due"/>, because postponing does not move it.</summary>
    internal long Scheduled;

    internal int Level;
    internal int Index;
    internal LoopTimer? Next;
    internal LoopTimer? Previous;

    public bool IsArmed { get; internal set; }

    internal void Fire() => onElapsed();
}
