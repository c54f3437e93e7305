using System.Globalization;
using Mizzen.Resources.Networking;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for HTTP routes: what a rule does.</summary>
internal static class HttpRouteRules
{
    private const int FullWeight = 100;

    private const int LongestBody = 1024 * 1024;
    private const int LargeBody = 100 * 1024;
    private static readonly int[] EffectiveRedirects = [301, 302, 303, 307, 308];

    private static readonly HashSet<string> RetryConditions = new(StringComparer.Ordinal)
    {
        "5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "retriable-4xx", "refused-stream", "retriable-status-codes",
        "retriable-headers", "envoy-ratelimited", "http3-post-connect-failure", "cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable",
    };

    private static readonly HashSet<string> Methods = new(StringComparer.Ordinal)
    {
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*",
    };

    public static void Check(HTTPRoute route, string path, bool isDelegate, Findings findings)
    {
        CheckAction(route, path, isDelegate, findings);
        for (var i = 0; i < (route.Match?.Count ?? 0); i++)
        {
            HttpMatchRules.Check(route.Match![i], $"{path}.match[{i}]", findings);
        }

        for (var i = 0; i < (route.Route?.Count ?? 0); i++)
        {
            CheckDestination(route.Route![i].Destination, $"{path}.route[{i}].destination", findings);
            HeaderRules.Check(route.Route[i].Headers, $"{path}.route[{i}].headers", findings);
        }

        CheckWeights([.. (route.Route ?? []).Select(entry => entry.Weight)], path + ".route", findings);
        HeaderRules.Check(route.Headers, path + ".headers", findings);
        findings.Duration(path + ".timeout", route.Timeout, zeroAllowed: true);
        CheckRedirect(route.Redirect, path + ".redirect", findings);
        CheckDirect(route.DirectResponse, path + ".directResponse", findings);
        CheckRewrite(route, path, findings);
        CheckRetries(route.Retries, path + ".retries", findings);
        FaultRules.Check(route.Fault, path + ".fault", findings);
        CheckMirrors(route, path, findings);
        CheckCors(route.CorsPolicy, path + ".corsPolicy", findings);
    }

    public static void CheckDestination(Destination? destination, string path, Findings findings)
    {
        if (destination is null)
        {
            findings.Error(path, "is missing", "say where it goes: destination: {host: …}");
            return;
        }

        if (destination.Host == "*")
        {
            findings.Error(path + ".host", "'*' is no destination", "name the host");
        }
        else
        {
            findings.Host(path + ".host", destination.Host);
        }

        if (destination.Subset is { } subset && !DomainNames.IsLabel(subset))
        {
            findings.Error(path + ".subset", $"'{subset}' is not the name of a subset", "use letters, digits and dashes");
        }

        findings.Port(path + ".port.number", destination.Port?.Number, isRequired: destination.Port is not null);
    }

    public static void CheckWeights(IReadOnlyList<int?> weights, string path, Findings findings)
    {
        for (var i = 0; i < weights.Count; i++)
        {
            findings.NotNegative($"{path}[{i}].weight", weights[i]);
        }

        var total = weights.Sum(weight => Math.Max(0L, weight ?? 0));
        if (weights.Count > 1 && total == 0)
        {
            findings.Error(path, "total destination weight = 0: nothing would be sent anywhere", "give the destinations weights");
        }
        else if (weights.Count > 1 && total != FullWeight)
        {
            var shares = string.Join(", ", weights.Select(weight => ((double)Math.Max(0, weight ?? 0) / total).ToString("P1", CultureInfo.InvariantCulture)));
            findings.Warn(
                path,
                string.Create(CultureInfo.InvariantCulture, $"the weights sum up to {total}, not to {FullWeight}; as weights are relative, the shares are {shares}"),
                $"let the weights sum up to {FullWeight} if they are meant as percentages");
        }
    }

    private static void CheckAction(HTTPRoute route, string path, bool isDelegate, Findings findings)
    {
        var actions = new[] { (route.Route is { Count: > 0 }, "route"), (route.Redirect is not null, "redirect"), (route.DirectResponse is not null, "directResponse") }
            .Where(action => action.Item1).Select(action => action.Item2).ToList();
        if (route.Delegate is { } reference)
        {
            CheckDelegate(reference, actions, path, isDelegate, findings);
        }
        else if (actions.Count != 1)
        {
            findings.Error(
                path,
                actions.Count == 0 ? "does nothing" : $"does several things at once: {string.Join(" and ", actions)}",
                "give exactly one of route, redirect and directResponse");
        }

        foreach (var (given, name) in new[] { (route.Fault is not null, "fault"), (route.Rewrite is not null, "rewrite") })
        {
            if (given && (route.Redirect is not null || route.DirectResponse is not null))
            {
                findings.Error($"{path}.{name}", "cannot be together with redirect or directResponse", $"remove {name}, or forward to a route");
            }
        }
    }

    private static void CheckDelegate(Networking.Delegate reference, List<string> actions, string path, bool isDelegate, Findings findings)
    {
        if (isDelegate)
        {
            findings.Error(path + ".delegate", "a delegate cannot delegate again", "put the routes here");
        }

        if (actions.Count > 0)
        {
            findings.Error(path, $"has a delegate and {string.Join(" and ", actions)}", "give one of them");
        }

        if (string.IsNullOrEmpty(reference.Name))
        {
            findings.Error(path + ".delegate.name", "is missing", "name a VirtualService without hosts");
        }
    }

    private static void CheckRedirect(HTTPRedirect? redirect, string path, Findings findings)
    {
        if (redirect is null)
        {
            return;
        }

        if (redirect is { Uri: null, PrefixRewrite: null, Authority: null, Scheme: null, Port: null, DerivePort: null })
        {
            findings.Error(path, "changes nothing", "give at least one of uri, authority, scheme and port");
        }

        if (redirect.Uri is not null && redirect.PrefixRewrite is not null)
        {
            findings.Error(path, "has both uri and prefixRewrite", "give one of them");
        }

        if (redirect.Scheme is not (null or "http" or "https"))
        {
            findings.Error(path + ".scheme", $"'{redirect.Scheme}' is not a scheme", "give http or https");
        }

        findings.Port(path + ".port", redirect.Port);
        if (redirect.RedirectCode is < 300 or > 399)
        {
            findings.Error(path + ".redirectCode", $"{redirect.RedirectCode} is not a redirection", "give 301, 302, 303, 307 or 308");
        }
        else if (redirect.RedirectCode is { } code and not 0 && !EffectiveRedirects.Contains(code))
        {
            findings.Warn(path + ".redirectCode", $"{code} has no effect: the answer will be 301", "give 301, 302, 303, 307 or 308");
        }
    }

    private static void CheckDirect(HTTPDirectResponse? direct, string path, Findings findings)
    {
        if (direct is null)
        {
            return;
        }

        if (direct.Status is null or < 200 or > 599)
        {
            findings.Error(path + ".status", direct.Status is null ? "is missing" : $"{direct.Status} is not a status", "give a status from 200 to 599");
        }

        var size = direct.Body?.String?.Length ?? direct.Body?.Bytes?.Length ?? 0;
        if (size > LongestBody)
        {
            findings.Error(path + ".body", "is larger than 1 MiB", "serve it by an app");
        }
        else if (size > LargeBody)
        {
            findings.Warn(path + ".body", "is larger than 100 KiB and is in the memory of every proxy", "serve it by an app");
        }
    }

    private static void CheckRewrite(HTTPRoute route, string path, Findings findings)
    {
        if (route.Rewrite is not { } rewrite)
        {
            return;
        }

        if (rewrite is { Uri: null or "", UriRegexRewrite: null, Authority: null or "" })
        {
            findings.Error(path + ".rewrite", "changes nothing", "give uri, uriRegexRewrite or authority");
        }

        if (rewrite.Uri is { Length: > 0 } && rewrite.UriRegexRewrite is not null)
        {
            findings.Error(path + ".rewrite", "has both uri and uriRegexRewrite", "give one of them");
        }

        if (rewrite.UriRegexRewrite is { } regex)
        {
            if (string.IsNullOrEmpty(regex.Match) || regex.Rewrite is null)
            {
                findings.Error(path + ".rewrite.uriRegexRewrite", "needs both match and rewrite", "give both");
            }

            findings.Regex(path + ".rewrite.uriRegexRewrite.match", regex.Match);
        }

        if (rewrite.Authority is { Length: > 0 } && HeaderRules.SetsAuthority(route.Headers?.Request))
        {
            findings.Error(path + ".rewrite.authority", "headers.request writes the authority, too", "keep one of them");
        }
    }

    private static void CheckRetries(HTTPRetry? retries, string path, Findings findings)
    {
        if (retries is null)
        {
            return;
        }

        findings.NotNegative(path + ".attempts", retries.Attempts);
        if (retries.Attempts is 0 or null && (retries.PerTryTimeout is not null || retries.RetryOn is not null || retries.RetryRemoteLocalities is not null))
        {
            findings.Error(path + ".attempts", "is 0 and switches retries off: the other fields would mean nothing", "give attempts, or remove the others");
        }

        findings.Duration(path + ".perTryTimeout", retries.PerTryTimeout);
        findings.Duration(path + ".backoff", retries.Backoff);
        foreach (var word in (retries.RetryOn ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!RetryConditions.Contains(word) && !(int.TryParse(word, out var status) && status is >= 100 and <= 599))
            {
                findings.Error(path + ".retryOn", $"'{word}' is not a condition", "see Envoy's retry_on, for example 5xx,connect-failure");
            }
        }
    }

    private static void CheckMirrors(HTTPRoute route, string path, Findings findings)
    {
        if (route.Mirror is not null && route.Mirrors is { Count: > 0 })
        {
            findings.Error(path + ".mirrors", "cannot be together with mirror", "put all of them into mirrors");
        }

        if (route.Mirror is not null)
        {
            CheckDestination(route.Mirror, path + ".mirror", findings);
        }

        findings.Percent(path + ".mirrorPercentage.value", route.MirrorPercentage?.Value);
        findings.Percent(path + ".mirrorPercent", route.MirrorPercent);
        for (var i = 0; i < (route.Mirrors?.Count ?? 0); i++)
        {
            CheckDestination(route.Mirrors![i].Destination, $"{path}.mirrors[{i}].destination", findings);
            findings.Percent($"{path}.mirrors[{i}].percentage.value", route.Mirrors[i].Percentage?.Value);
        }
    }

    private static void CheckCors(CorsPolicy? cors, string path, Findings findings)
    {
        foreach (var method in (cors?.AllowMethods ?? []).Where(method => !Methods.Contains(method)))
        {
            findings.Error(path + ".allowMethods", $"'{method}' is not a method", "write methods in capitals, like GET");
        }

        findings.Duration(path + ".maxAge", cors?.MaxAge, zeroAllowed: true);
        for (var i = 0; i < (cors?.AllowOrigins?.Count ?? 0); i++)
        {
            HttpMatchRules.CheckText(cors!.AllowOrigins![i], $"{path}.allowOrigins[{i}]", findings);
        }
    }
}
