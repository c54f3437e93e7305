using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Mizzen.Dns;

namespace Mizzen.Cluster.Dns;

/// <summary>
/// Names outside the cluster, as the host resolves them. The host's resolver may hang for as long as it likes (a machine without a
/// network): whoever asks here has an answer within <see cref="Patience"/>, and the same question soon after has it at once.
/// </summary>
internal sealed class HostResolver(Func<string, CancellationToken, Task<IPAddress[]>> resolve, ILogger logger, TimeProvider clock)
{
    /// <summary>How long a lookup may take; below the five seconds after which resolvers ask again.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>How long an answer is good for, in seconds: DNS' own unit.</summary>
    public const uint TimeToLive = 5;

    private const int MostRemembered = 512;
    private const int MostAtOnce = 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (Task<DnsAnswer> Answer, long Asked)> _remembered = [];
    private int _lookups;

    /// <summary>The addresses of a name; never throws but when it is cancelled.</summary>
    public Task<DnsAnswer> ResolveAsync(string name, CancellationToken cancellationToken)
    {
        if (!IsHostName(name))
        {
            return Task.FromResult(DnsAnswer.NoSuchName);
        }

        lock (_lock)
        {
            if (_remembered.TryGetValue(name, out var known) && clock.GetElapsedTime(known.Asked).TotalSeconds < TimeToLive)
            {
                return known.Answer.WaitAsync(cancellationToken);
            }

            if (_remembered.Count >= MostRemembered)
            {
                _remembered.Clear();
            }

            var answer = LookUpAsync(name);
            _remembered[name] = (answer, clock.GetTimestamp());
            return answer.WaitAsync(cancellationToken);
        }
    }

    private async Task<DnsAnswer> LookUpAsync(string name)
    {
        // A hanging lookup occupies a thread, whatever its caller does: their number is limited.
        if (Interlocked.Increment(ref _lookups) > MostAtOnce)
        {
            Interlocked.Decrement(ref _lookups);
            return DnsAnswer.Failure;
        }

        using var patience = new CancellationTokenSource(Patience, clock);
        var lookup = Task.Run(() => resolve(name, patience.Token), CancellationToken.None);
        _ = lookup.ContinueWith(_ => Interlocked.Decrement(ref _lookups), TaskScheduler.Default);
        try
        {
            var addresses = await lookup.WaitAsync(Patience, clock);
            return new DnsAnswer(DnsCode.NoError, [.. addresses.Select(address => DnsRecord.Address(address, TimeToLive))]);
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.HostNotFound)
        {
            return DnsAnswer.NoSuchName;
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.NoData)
        {
            return DnsAnswer.Empty;
        }
        catch (Exception error) when (error is SocketException or TimeoutException or OperationCanceledException or ArgumentException)
        {
            Log.OutsideFailed(logger, name, error.Message);
            return DnsAnswer.Failure;
        }
    }

    // An address is no name, and what no host can be called is not worth asking for.
    private static bool IsHostName(string name) =>
        name.Length > 0 && name.All(static character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.') && !IPAddress.TryParse(name, out _);
}
