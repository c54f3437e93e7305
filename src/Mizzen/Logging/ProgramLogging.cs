using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Mizzen.Logging;

/// <summary>The one logging setup of the programs that stay: a line an event on standard error, <c>MIZZEN_LOG</c> says from which level on.</summary>
internal static class ProgramLogging
{
    private const string LevelVariable = "MIZZEN_LOG";

    /// <summary>A factory that the caller disposes of.</summary>
    /// <param name="level">The level where <c>MIZZEN_LOG</c> says none.</param>
    /// <exception cref="UserErrorException"><c>MIZZEN_LOG</c> is not a level.</exception>
    public static ILoggerFactory Create(LogLevel level)
    {
        var chosen = Environment.GetEnvironmentVariable(LevelVariable) is { Length: > 0 } text ? Parse(text) : level;
        return LoggerFactory.Create(logging => logging
            .SetMinimumLevel(chosen)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Grpc", LogLevel.Warning)
            .AddSimpleConsole(options =>
            {
                options.SingleLine = true;
                options.UseUtcTimestamp = true;
                options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
                options.ColorBehavior = LoggerColorBehavior.Disabled;
            })
            .Services.Configure<ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = LogLevel.Trace));
    }

    private static LogLevel Parse(string text) =>
        Enum.TryParse<LogLevel>(text, ignoreCase: true, out var level)
            ? level
            : throw new UserErrorException($"{LevelVariable}={text} is not a level: use {string.Join(", ", Enum.GetNames<LogLevel>())}");
}
