using Mizzen.Proxy.Logging;

namespace Mizzen.Proxy.Commands;

/// <summary>Log levels by the names that Envoy and Istio give them.</summary>
internal static class LogLevels
{
    /// <summary>Of <c>info</c>, <c>warning</c>, <c>default:info</c>; null when it is none of them.</summary>
    public static LogLevel? Parse(string text)
    {
        var word = text.Split(',')[0];
        return word[(word.LastIndexOf(':') + 1)..] switch
        {
            "trace" or "debug" => LogLevel.Debug,
            "info" => LogLevel.Info,
            "warning" or "warn" => LogLevel.Warn,
            "error" or "critical" or "fatal" => LogLevel.Error,
            "off" or "none" => LogLevel.None,
            _ => null,
        };
    }

    /// <exception cref="UsageException">The text is no level.</exception>
    public static LogLevel Of(Flags flags, string flag, LogLevel absent) => flags[flag] is not { } text
        ? absent
        : Parse(text) ?? throw new UsageException($"--{flag} {text}: a level is debug, info, warning, error or off");
}
