using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Security;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Ingest;

/// <summary>
/// Fetches the keys of token issuers (RFC 7517) that RequestAuthentications name by address, and again every twenty minutes. An address
/// that does not answer keeps the keys that it gave last; as long as it has given none, its tokens are refused.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "lives as long as the process")]
internal sealed class KeySetSource
{
    private const int LargestAnswer = 1024 * 1024;
    private static readonly TimeSpan Refresh = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly Action _changed;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    // Room for one: a mark that finds another waiting tells the same.
    private readonly Channel<bool> _wanted = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public KeySetSource(Action changed, ILogger logger, TimeProvider clock)
    {
        _changed = changed;
        _logger = logger;
        _clock = clock;
        _http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync, MaxAutomaticRedirections = 3 })
        {
            Timeout = Timeout,
            MaxResponseContentBufferSize = LargestAnswer,
        };
    }

    /// <summary>The keys by address (<see cref="KeySetAddress"/>); the same object as before when nothing has changed.</summary>
    public IReadOnlyDictionary<string, string> Current { get; private set; } = FrozenDictionary<string, string>.Empty;

    /// <summary>Addresses that do not answer as they should, told to whoever named them.</summary>
    public IReadOnlyList<Problem> Problems
    {
        get
        {
            lock (_gate)
            {
                return [.. _entries.Values.Where(entry => entry.Failure is not null).SelectMany(entry => entry.WantedBy.Select(key => new Problem(
                    IstioCodes.KeysNotFetched, key, "spec.jwtRules", $"{entry.Address}: {entry.Failure}", "its tokens are refused until it answers; correct jwksUri, or give the keys in jwks")))];
            }
        }
    }

    /// <summary>Fetches for these objects from now on, and for no others.</summary>
    public void Want(IReadOnlyList<RequestAuthentication> all)
    {
        var wanted = all.SelectMany(item => (item.Spec?.JwtRules ?? []).Select(rule => (Address: KeySetAddress.Of(rule), Key: KeyOf(item))))
            .Where(entry => entry.Address is not null)
            .ToLookup(entry => entry.Address!, entry => entry.Key, StringComparer.Ordinal);
        lock (_gate)
        {
            foreach (var gone in _entries.Keys.Where(address => !wanted.Contains(address)).ToList())
            {
                _entries.Remove(gone);
            }

            foreach (var group in wanted)
            {
                if (!_entries.TryGetValue(group.Key, out var entry))
                {
                    entry = new Entry(group.Key) { Due = _clock.GetUtcNow() };
                    _entries[group.Key] = entry;
                    _wanted.Writer.TryWrite(true);
                }

                entry.WantedBy = [.. group.Distinct()];
            }
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if (NextDue() is { } entry)
            {
                await FetchAsync(entry, cancellationToken);
                continue;
            }

            await WaitAsync(cancellationToken);
        }
    }

    private static ResourceKey KeyOf(RequestAuthentication item) =>
        new("security.istio.io", nameof(RequestAuthentication), item.Metadata.Namespace, item.Metadata.Name ?? "");

    private Entry? NextDue()
    {
        lock (_gate)
        {
            var now = _clock.GetUtcNow();
            return _entries.Values.FirstOrDefault(entry => entry.Due <= now);
        }
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        TimeSpan? wait;
        lock (_gate)
        {
            wait = _entries.Count == 0 ? null : _entries.Values.Min(entry => entry.Due) - _clock.GetUtcNow();
        }

        using var woken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var wanted = _wanted.Reader.ReadAsync(woken.Token).AsTask();
        try
        {
            _ = wait is { } time
                ? await Task.WhenAny(wanted, Task.Delay(time < TimeSpan.Zero ? TimeSpan.Zero : time, _clock, woken.Token))
                : await Task.WhenAny(wanted);
        }
        finally
        {
            await woken.CancelAsync();
        }
    }

    private async Task FetchAsync(Entry entry, CancellationToken cancellationToken)
    {
        string? failure = null;
        string? keys = null;
        try
        {
            keys = await ReadAsync(entry.Address, cancellationToken);
        }
        catch (Exception error) when (error is HttpRequestException or JsonException or InvalidDataException or UriFormatException
            || (error is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            failure = error is TaskCanceledException ? $"no answer within {Timeout.TotalSeconds:0} s" : error.Message;
        }

        Take(entry, keys, failure);
    }

    private void Take(Entry entry, string? keys, string? failure)
    {
        bool changed;
        lock (_gate)
        {
            entry.Failures = failure is null ? 0 : entry.Failures + 1;
            entry.Due = _clock.GetUtcNow() + (failure is null ? Refresh : TimeSpan.FromTicks(Math.Min(LastRetry.Ticks, FirstRetry.Ticks << Math.Min(entry.Failures, 10))));
            changed = failure != entry.Failure || (keys is not null && keys != entry.Keys);
            entry.Failure = failure;
            entry.Keys = keys ?? entry.Keys;
            if (changed)
            {
                Current = _entries.Values.Where(known => known.Keys is not null)
                    .ToFrozenDictionary(known => known.Address, known => known.Keys!, StringComparer.Ordinal);
            }
        }

        if (changed)
        {
            Log.KeysFetched(_logger, entry.Address, failure ?? "fetched");
            _changed();
        }
    }

    private async Task<string> ReadAsync(string address, CancellationToken cancellationToken)
    {
        var text = await _http.GetStringAsync(new Uri(address), cancellationToken);
        using var document = JsonDocument.Parse(text);
        if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("keys", out _))
        {
            return text;
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("jwks_uri", out var place)
            && place.ValueKind == JsonValueKind.String)
        {
            var keys = await _http.GetStringAsync(new Uri(place.GetString()!), cancellationToken);
            using var inner = JsonDocument.Parse(keys);
            return inner.RootElement.ValueKind == JsonValueKind.Object && inner.RootElement.TryGetProperty("keys", out _)
                ? keys
                : throw new InvalidDataException($"what {place.GetString()} answers has no keys");
        }

        throw new InvalidDataException("the answer has neither keys nor jwks_uri");
    }

    /// <summary>Whoever may write a RequestAuthentication must not reach what clouds tell machines about themselves: link-local addresses.</summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        if (addresses.FirstOrDefault(IsLinkLocal) is { } refused)
        {
            throw new HttpRequestException($"{context.DnsEndPoint.Host} is {refused}: link-local addresses are not asked for keys");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsLinkLocal(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.IsIPv6LinkLocal || (plain.AddressFamily == AddressFamily.InterNetwork && plain.GetAddressBytes() is [169, 254, ..]);
    }

    private sealed class Entry(string address)
    {
        public string Address { get; } = address;

        public string? Keys { get; set; }

        public string? Failure { get; set; }

        public int Failures { get; set; }

        public DateTimeOffset Due { get; set; }

        public IReadOnlyList<ResourceKey> WantedBy { get; set; } = [];
    }
}
