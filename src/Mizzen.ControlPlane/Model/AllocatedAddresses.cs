using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model;

/// <summary>
/// Addresses for hosts of ServiceEntries that have none, so that sidecars with a DNS of their own can tell them apart: one of
/// 240.240.0.0/16 and one of 2001:2::/48, which nobody routes. A host keeps its address as long as its entry lives; a new one gets what its
/// name says, or the next that is free. Immutable.
/// </summary>
internal sealed class AllocatedAddresses
{
    private const string OptOut = "networking.istio.io/enable-autoallocate-ip";
    private const int Most = ushort.MaxValue - 1;

    private readonly Dictionary<(string Namespace, string Name, string Host), ushort> _numbers;

    private AllocatedAddresses(Dictionary<(string, string, string), ushort> numbers) => _numbers = numbers;

    public static AllocatedAddresses Empty { get; } = new([]);

    /// <summary>Those of before, those that the entries' statuses tell, then new ones; the oldest entry chooses first.</summary>
    public static AllocatedAddresses Of(IReadOnlyList<ServiceEntry> entries, AllocatedAddresses last)
    {
        var wanted = entries.Where(IsEligible)
            .OrderBy(entry => entry.Metadata.CreationTimestamp ?? default)
            .ThenBy(entry => entry.Metadata.Namespace, StringComparer.Ordinal).ThenBy(entry => entry.Metadata.Name, StringComparer.Ordinal)
            .SelectMany(entry => HostsOf(entry).Select(host => (Key: KeyOf(entry, host), Told: ToldBy(entry, host))))
            .DistinctBy(host => host.Key)
            .ToList();
        var numbers = new Dictionary<(string, string, string), ushort>();
        var taken = new HashSet<ushort>();
        Keep(wanted.Select(host => (host.Key, last._numbers.TryGetValue(host.Key, out var number) ? number : (ushort?)null)), numbers, taken);
        Keep(wanted.Select(host => (host.Key, host.Told)), numbers, taken);
        foreach (var (key, _) in wanted.Where(host => !numbers.ContainsKey(host.Key)).Take(Most - taken.Count))
        {
            numbers[key] = FreeFor(key, taken);
        }

        return new AllocatedAddresses(numbers);
    }

    /// <summary>The addresses of a host of an entry; none where none are allocated.</summary>
    public IReadOnlyList<string> Of(ServiceEntry entry, string host) =>
        _numbers.TryGetValue(KeyOf(entry, host), out var number) ? [V4(number).ToString(), V6(number).ToString()] : [];

    /// <summary>What the entry's status is to say; null where it is not for us to say anything.</summary>
    public IReadOnlyList<ServiceEntryAddress>? StatusOf(ServiceEntry entry) => IsEligible(entry)
        ? [.. HostsOf(entry).SelectMany(host => Of(entry, host).Select(address => new ServiceEntryAddress { Value = address, Host = host }))]
        : null;

    private static bool IsEligible(ServiceEntry entry) => entry.Spec is { Resolution: not (null or "NONE"), Addresses: null or { Count: 0 } }
        && entry.Metadata.Labels?.GetValueOrDefault(OptOut) != "false";

    // A wildcard is no name that anybody could ask for.
    private static IEnumerable<string> HostsOf(ServiceEntry entry) =>
        (entry.Spec?.Hosts ?? []).Select(host => host.ToLowerInvariant()).Where(host => !HostName.IsWildcard(host)).Distinct(StringComparer.Ordinal);

    private static (string, string, string) KeyOf(ServiceEntry entry, string host) => (entry.Metadata.Namespace ?? "", entry.Metadata.Name ?? "", host.ToLowerInvariant());

    private static void Keep(IEnumerable<((string, string, string) Key, ushort? Number)> hosts, Dictionary<(string, string, string), ushort> numbers, HashSet<ushort> taken)
    {
        foreach (var (key, number) in hosts)
        {
            if (number is { } own && !numbers.ContainsKey(key) && taken.Add(own))
            {
                numbers[key] = own;
            }
        }
    }

    private static ushort FreeFor((string Namespace, string Name, string Host) key, HashSet<ushort> taken)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{key.Namespace}/{key.Name}/{key.Host}"));
        var start = (int)(BinaryPrimitives.ReadUInt32BigEndian(hash) % Most);
        for (var i = 0; ; i++)
        {
            var number = (ushort)(((start + i) % Most) + 1);
            if (taken.Add(number))
            {
                return number;
            }
        }
    }

    private static ushort? ToldBy(ServiceEntry entry, string host)
    {
        foreach (var address in entry.Status?.Addresses ?? [])
        {
            if (address.Host == host && IPAddress.TryParse(address.Value, out var value) && value.GetAddressBytes() is [240, 240, var high, var low]
                && ((high << 8) | low) is > 0 and <= Most and var number)
            {
                return (ushort)number;
            }
        }

        return null;
    }

    private static IPAddress V4(ushort number) => new([240, 240, (byte)(number >> 8), (byte)number]);

    private static IPAddress V6(ushort number) => new([0x20, 0x01, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte)(number >> 8), (byte)number]);
}
