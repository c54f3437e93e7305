namespace Mizzen.ControlPlane.Verdicts;

/// <summary>How far an object's present generation has come.</summary>
/// <param name="Programmed">How many proxies have it.</param>
/// <param name="Proxies">How many are connected.</param>
/// <param name="IsComplete">Every proxy of the time had it once: those that connect later begin with it.</param>
internal sealed record Reach(int Programmed, int Proxies, bool IsComplete)
{
    /// <summary>Nobody is there whom it could reach.</summary>
    public static Reach Nobody { get; } = new(0, 0, true);
}
