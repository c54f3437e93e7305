namespace Mizzen.Proxy.HealthChecks;

/// <summary>How a check ended.</summary>
internal enum ProbeOutcome
{
    Passed,

    /// <summary>Answered, and not well.</summary>
    Failed,

    /// <summary>Answered so that no second question is needed.</summary>
    Refused,

    /// <summary>No answer: no connection, none in time, or an end before the answer.</summary>
    Unreachable,
}
