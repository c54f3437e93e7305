using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Filters.Jwt;

/// <summary>
/// Fetches a key set through a cluster, for one loop. Once there are keys they serve until newer ones come, which are fetched beside the
/// requests; only the very first requests wait.
/// </summary>
internal sealed class RemoteKeySource(RemoteKeys remote)
{
    private const int LargestAnswer = 1024 * 1024;

    // An issuer that is down is not asked more often than this.
    private const long RetryMilliseconds = 1_000;

    private readonly List<SuspendedRequest> _waiting = [];
    private JwtKeySet? _keys;
    private long _due;
    private long _failedUntil = -1;
    private SideRequest? _underWay;

    /// <summary>The keys that were fetched last; null before the first.</summary>
    public JwtKeySet? Current => _keys;

    /// <summary>An attempt is under way.</summary>
    public bool IsFetching => _underWay is not null;

    /// <summary>There are no keys, and the last attempt to get some has just failed.</summary>
    public bool HasFailed(long now) => _keys is null && now < _failedUntil;

    /// <summary>Newer keys are due and nobody fetches them yet.</summary>
    public bool IsDue(long now) => _underWay is null && now >= Math.Max(_due, _failedUntil);

    /// <summary>Fetches, if nobody does.</summary>
    /// <param name="upstreams">The loop's way out.</param>
    /// <param name="onOutcome">Told how each attempt ends.</param>
    public void Fetch(LoopUpstreams upstreams, Action<bool> onOutcome)
    {
        if (_underWay is not null)
        {
            return;
        }

        var request = new SideRequest(upstreams, remote.Cluster, LargestAnswer);
        request.Head.Compose(upstreams.Loop.Buffers, "GET"u8, remote.Path, remote.Authority, Http.BodyFraming.None, 0);
        request.Head.Append("accept"u8, "application/json"u8);
        _underWay = request;
        request.Send(default, remote.Timeout, answer =>
        {
            _underWay = null;
            onOutcome(Take(answer, upstreams.Loop.Now));
            ResumeAll();
        });
    }

    /// <summary>Resumes the request when an attempt has ended, well or not.</summary>
    public void Wait(SuspendedRequest request) => _waiting.Add(request);

    private bool Take(SideAnswer answer, long now)
    {
        if (answer.Status == 200)
        {
            try
            {
                _keys = JwtKeySet.Parse(answer.Body);
                _due = now + remote.Lifetime;
                return true;
            }
            catch (FormatException)
            {
                // Counted as a failure, as an answer of another status is; the keys before it stay.
            }
        }

        _failedUntil = now + RetryMilliseconds;
        return false;
    }

    private void ResumeAll()
    {
        var waiting = _waiting.ToArray();
        _waiting.Clear();
        foreach (var request in waiting)
        {
            request.ResumeHere(static host => ((JwtFilter)host.Filter).OnRequest(host));
        }
    }
}
