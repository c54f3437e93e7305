using Mizzen.Proxy.Logging;

namespace Mizzen.Proxy.Configuration;

/// <summary>
/// Looks after the files that certificates, keys and authorities come from: when they change, what was made of them is made anew. What cannot
/// be read keeps what it had, and is tried again. Connections that stand keep the certificates that they were made with.
/// </summary>
internal sealed class FileLoop(LiveConfiguration live, Logger log, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, FileState> _known = new(StringComparer.Ordinal);
    private string _lastRefusal = "";

    /// <summary>Looks until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var change = live.NextChange;
                var files = await live.FilesAsync(cancellationToken);
                await LookAsync(files, cancellationToken);
                // Without files there is nothing to wake up for but a change.
                await (files.Count == 0 ? change.WaitAsync(cancellationToken) : Task.Delay(Pause, clock, cancellationToken));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            log.Debug("files are watched no more");
        }
    }

    private static FileState StateOf(string path)
    {
        // Secrets of Kubernetes are links into a folder that is a link itself: what counts is the file at the end.
        var info = new FileInfo(File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : path);
        return info.Exists ? new FileState(info.LastWriteTimeUtc, info.Length) : default;
    }

    private async Task LookAsync(IReadOnlySet<string> files, CancellationToken cancellationToken)
    {
        var seen = files.ToDictionary(path => path, StateOf, StringComparer.Ordinal);
        var changed = seen.Where(file => _known.TryGetValue(file.Key, out var state) && state != file.Value).Select(file => file.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var (path, state) in seen)
        {
            _ = _known.TryAdd(path, state);
        }

        if (changed.Count == 0)
        {
            return;
        }

        var refusals = string.Join("; ", await live.ChangeAsync(store => store.Reread(changed), cancellationToken));
        if (refusals.Length > 0)
        {
            Refuse(refusals);
            return;
        }

        foreach (var path in changed)
        {
            _known[path] = seen[path];
        }

        _lastRefusal = "";
        log.Info($"read again: {string.Join(", ", changed.Order(StringComparer.Ordinal))}");
    }

    // A certificate and its key are two files, and for a moment only one of them may be new.
    private void Refuse(string refusals)
    {
        if (refusals != _lastRefusal)
        {
            _lastRefusal = refusals;
            live.Refuse(refusals);
            log.Warn($"changed files cannot be used, what was read before stays: {refusals}");
        }
    }

    private readonly record struct FileState(DateTime WrittenAt, long Length);
}
