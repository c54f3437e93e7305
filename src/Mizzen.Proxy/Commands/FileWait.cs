using Mizzen.Proxy.Logging;

namespace Mizzen.Proxy.Commands;

/// <summary>Waits for files that the kubelet mounts or the control plane provides later than the proxy starts.</summary>
internal static class FileWait
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Reminder = TimeSpan.FromSeconds(10);

    /// <summary>Returns when the file is there and has content.</summary>
    public static async Task ForAsync(string path, string what, Logger log, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (HasContent(path))
        {
            return;
        }

        log.Info($"waiting for {what} in {path}");
        var last = clock.GetTimestamp();
        while (!HasContent(path))
        {
            await Task.Delay(Pause, clock, cancellationToken);
            if (clock.GetElapsedTime(last) > Reminder)
            {
                log.Warn($"still waiting for {what} in {path}");
                last = clock.GetTimestamp();
            }
        }

        log.Info($"{what} is there");
    }

    private static bool HasContent(string path) => new FileInfo(path) is { Exists: true, Length: > 0 };
}
