using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.HealthChecks;

/// <summary>What a row of checks says of an endpoint. The first outcome decides at once, later ones when enough of them agree (Envoy).</summary>
internal sealed class HealthVerdict
{
    private bool _isKnown;
    private uint _contrary;

    public bool IsHealthy { get; private set; }

    /// <summary>Takes an outcome; true when the verdict is another, or the first.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="model">Whose thresholds count.</param>
    public bool Take(ProbeOutcome outcome, HealthCheckModel model)
    {
        var passed = outcome == ProbeOutcome.Passed;
        if (_isKnown && passed == IsHealthy)
        {
            _contrary = 0;
            return false;
        }

        var decidesAlone = !_isKnown || outcome == ProbeOutcome.Refused;
        if (!decidesAlone && ++_contrary < (passed ? model.HealthyThreshold : model.UnhealthyThreshold))
        {
            return false;
        }

        _isKnown = true;
        _contrary = 0;
        IsHealthy = passed;
        return true;
    }
}
