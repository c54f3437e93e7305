using Mizzen.Resources.Networking;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for hashing, warm-up and localities.</summary>
internal static class LoadBalancingRules
{
    private const long LargestMaglevTable = 5_000_011;
    private const int Whole = 100;

    public static void CheckHash(ConsistentHashLB? hash, string path, Findings findings)
    {
        if (hash is null)
        {
            return;
        }

        var keys = new object?[] { hash.HttpHeaderName, hash.HttpCookie, hash.UseSourceIp, hash.HttpQueryParameterName }.Count(key => key is not null);
        if (keys != 1)
        {
            findings.Error(path, keys == 0 ? "says nothing to hash by" : "says several things to hash by", "give one of httpHeaderName, httpCookie, useSourceIp and httpQueryParameterName");
        }

        CheckCookie(hash.HttpCookie, path + ".httpCookie", findings);
        if (hash.RingHash is not null && hash.Maglev is not null)
        {
            findings.Error(path, "has both ringHash and maglev", "give one of them");
        }

        if (hash.MinimumRingSize is not null && (hash.RingHash ?? (object?)hash.Maglev) is not null)
        {
            findings.Error(path + ".minimumRingSize", "is the older form of ringHash and cannot be beside ringHash or maglev", "use ringHash.minimumRingSize");
        }

        if (hash.Maglev?.TableSize is { } size && (size >= LargestMaglevTable || !IsPrime(size)))
        {
            findings.Error(path + ".maglev.tableSize", $"{size} is not a prime number below {LargestMaglevTable}", "use 65537");
        }
    }

    public static void CheckWarmup(WarmupConfiguration? warmup, string path, Findings findings)
    {
        if (warmup is null)
        {
            return;
        }

        if (warmup.Duration is null)
        {
            findings.Error(path + ".duration", "is missing", "say how long an endpoint warms up, such as 60s");
        }

        findings.Duration(path + ".duration", warmup.Duration);
        findings.Percent(path + ".minimumPercent", warmup.MinimumPercent);
        if (warmup.Aggression is <= 0)
        {
            findings.Error(path + ".aggression", $"{warmup.Aggression} is not above 0", "use 1 for growth in proportion to time");
        }
    }

    public static void CheckLocality(LocalityLoadBalancerSetting? setting, string path, Findings findings)
    {
        if (setting?.Distribute is { Count: > 0 } && (setting.Failover is { Count: > 0 } || setting.FailoverPriority is { Count: > 0 }))
        {
            findings.Error(path, "has distribute beside failover or failoverPriority", "give one of them");
        }

        var sources = new List<string>();
        for (var i = 0; i < (setting?.Distribute?.Count ?? 0); i++)
        {
            var entry = setting!.Distribute![i];
            var at = $"{path}.distribute[{i}]";
            CheckPlace(entry.From, at + ".from", findings);
            CheckOverlap(entry.From ?? "", sources, at + ".from", findings);
            var shares = entry.To ?? new Dictionary<string, int>();
            foreach (var (place, share) in shares.Where(share => share.Value <= 0))
            {
                findings.Error(at + ".to", $"{place} has {share} percent", "give every place that is named more than 0");
            }

            if (shares.Values.Sum() != Whole)
            {
                findings.Error(at + ".to", $"adds up to {shares.Values.Sum()} percent", "make it 100");
            }
        }

        for (var i = 0; i < (setting?.Failover?.Count ?? 0); i++)
        {
            var entry = setting!.Failover![i];
            if (entry.From == entry.To)
            {
                findings.Error($"{path}.failover[{i}].to", $"'{entry.To}' is the region itself", "name another region");
            }

            if ($"{entry.From}{entry.To}".AsSpan().ContainsAny('/', '*'))
            {
                findings.Error($"{path}.failover[{i}]", "names more than regions", "failover is between regions; for zones use failoverPriority");
            }
        }
    }

    private static void CheckCookie(HTTPCookie? cookie, string path, Findings findings)
    {
        if (cookie is null)
        {
            return;
        }

        if (string.IsNullOrEmpty(cookie.Name))
        {
            findings.Error(path + ".name", "is missing", "name the cookie");
        }

        findings.Duration(path + ".ttl", cookie.Ttl, zeroAllowed: true);
        var names = (cookie.Attributes ?? []).Select(attribute => attribute.Name ?? "").ToList();
        if (names.Distinct(StringComparer.OrdinalIgnoreCase).Count() != names.Count)
        {
            findings.Error(path + ".attributes", "names an attribute twice", "give each once");
        }
    }

    private static void CheckPlace(string? place, string path, Findings findings)
    {
        var parts = (place ?? "").Split('/');
        var star = Array.IndexOf(parts, "*");
        if (string.IsNullOrEmpty(place) || parts.Length > 3 || parts.Any(part => part.Length == 0) || (star >= 0 && star < parts.Length - 1))
        {
            findings.Error(path, $"'{place}' is not a place", "write region, region/zone or region/zone/subzone, with * for all that follows");
        }
    }

    /// <summary>Two entries for one place: nobody could say which counts.</summary>
    private static void CheckOverlap(string place, List<string> others, string path, Findings findings)
    {
        if (others.Find(other => Covers(other, place) || Covers(place, other)) is { } same)
        {
            findings.Error(path, $"'{place}' and '{same}' are about the same places", "make them one");
        }

        others.Add(place);
    }

    private static bool Covers(string pattern, string place)
    {
        var prefix = pattern.TrimEnd('*').TrimEnd('/');
        return prefix.Length == 0 || place == prefix || place.StartsWith(prefix + "/", StringComparison.Ordinal);
    }

    private static bool IsPrime(long number)
    {
        if (number < 2)
        {
            return false;
        }

        for (var divisor = 2L; divisor * divisor <= number; divisor++)
        {
            if (number % divisor == 0)
            {
                return false;
            }
        }

        return true;
    }
}
