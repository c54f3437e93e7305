namespace Mizzen.Proxy.Logging;

/// <summary>Log of one room of the proxy.</summary>
internal sealed class Logger(LogOutput output, string room)
{
    /// <summary>True when a line of this level would be written: ask before building a costly message.</summary>
    public bool IsEnabled(LogLevel level) => level >= output.Minimum;

    public void Debug(string message) => Write(LogLevel.Debug, message);

    public void Info(string message) => Write(LogLevel.Info, message);

    public void Warn(string message) => Write(LogLevel.Warn, message);

    public void Error(string message) => Write(LogLevel.Error, message);

    private void Write(LogLevel level, string message)
    {
        if (IsEnabled(level))
        {
            output.Write(level, room, message);
        }
    }
}
