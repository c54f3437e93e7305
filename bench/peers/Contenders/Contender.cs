namespace Mizzen.Bench.Peers.Contenders;

/// <summary>A proxy with one worker that routes everything to the backend, keeps connections, and adds the same headers as the others.</summary>
internal abstract class Contender
{
    public abstract string Name { get; }

    public virtual IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>();

    /// <summary>Load before the measurement; a just-in-time compiler needs more of it.</summary>
    public virtual int WarmUpSeconds => 1;

    /// <summary>What it speaks instead of what the scenario says; null for that.</summary>
    public virtual Wiring? Own => null;

    /// <summary>Whether the program can do this at all.</summary>
    public virtual bool Speaks(Wiring wiring) => true;

    /// <summary>Writes the configuration and gives the command that stays in the foreground.</summary>
    public abstract IReadOnlyList<string> Command(Site site);
}
