namespace Mizzen.Proxy.Logging;

/// <summary>Severity of a log line; a logger writes its own level and everything above.</summary>
internal enum LogLevel
{
    Debug,
    Info,
    Warn,
    Error,
    None,
}
