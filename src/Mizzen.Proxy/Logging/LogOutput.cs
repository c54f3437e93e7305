using System.Globalization;
using System.Text;

namespace Mizzen.Proxy.Logging;

/// <summary>The one place where log lines leave the process: a line per event, <c>time level room message</c>.</summary>
/// <remarks>Nothing on the request path logs, so a line may allocate; it is written with one system call and never torn.</remarks>
internal sealed class LogOutput
{
    private readonly TimeProvider _clock;
    private readonly Action<string> _write;

    public LogOutput(LogLevel minimum, TimeProvider clock, Action<string> write)
    {
        Minimum = minimum;
        _clock = clock;
        _write = write;
    }

    /// <summary>Drops every line.</summary>
    public static LogOutput Silent { get; } = new(LogLevel.None, TimeProvider.System, static _ => { });

    /// <summary>Lines below this level are dropped; may be changed while running.</summary>
    public LogLevel Minimum { get; set; }

    public static LogOutput StandardError(LogLevel minimum, TimeProvider clock) =>
        new(minimum, clock, line => _ = Descriptor.Write(2, Encoding.UTF8.GetBytes(line)));

    public Logger For(string room) => new(this, room);

    public void Write(LogLevel level, string room, string message)
    {
        var time = _clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
        var name = level switch
        {
            LogLevel.Debug => "debug",
            LogLevel.Info => "info",
            LogLevel.Warn => "warn",
            _ => "error",
        };
        _write($"{time}\t{name}\t{room}\t{message.ReplaceLineEndings(" ")}\n");
    }
}
