using System.Net;
using Mizzen.Resources.Fields;
using Mizzen.Resources.GatewayApi;

namespace Mizzen.Resources.Validation;

/// <summary>Rules of the Gateway API's routes.</summary>
internal static class KubernetesRouteRules
{
    private static readonly string[] NotInPaths = ["//", "/./", "/../", "%2f", "%2F", "#"];

    public static void Check(KubernetesHttpRouteSpec spec, Findings findings)
    {
        Hostnames(spec.Hostnames, isRequired: false, findings);
        for (var i = 0; i < (spec.Rules?.Count ?? 0); i++)
        {
            Rule($"spec.rules[{i}]", spec.Rules![i], findings);
        }
    }

    public static void Hostnames(IReadOnlyList<string>? hostnames, bool isRequired, Findings findings)
    {
        if (isRequired && hostnames is not { Count: > 0 })
        {
            findings.Error("spec.hostnames", "is missing", "name the hosts that clients ask for");
        }

        for (var i = 0; i < (hostnames?.Count ?? 0); i++)
        {
            if (IPAddress.TryParse(hostnames![i], out _))
            {
                findings.Error($"spec.hostnames[{i}]", $"{hostnames[i]} is an address", "name a host");
            }
            else
            {
                findings.Host($"spec.hostnames[{i}]", hostnames[i]);
            }
        }
    }

    /// <summary>Rules about connections or datagrams: there is one, with backends.</summary>
    public static void Connections(IReadOnlyList<TcpRouteRule>? rules, Findings findings)
    {
        if (rules is not [var rule])
        {
            findings.Error("spec.rules", rules is { Count: > 1 } ? "there is more than one rule" : "is missing", "say where to go in one rule");
        }
        else if (rule.BackendRefs is not { Count: > 0 })
        {
            findings.Error("spec.rules[0].backendRefs", "is missing", "name a Service and its port");
        }
    }

    private static void Rule(string path, HttpRouteRule rule, Findings findings)
    {
        for (var i = 0; i < (rule.Matches?.Count ?? 0); i++)
        {
            Path($"{path}.matches[{i}].path", rule.Matches![i].Path, findings);
        }

        var filters = rule.Filters ?? [];
        for (var i = 0; i < filters.Count; i++)
        {
            Filter($"{path}.filters[{i}]", filters[i], findings);
        }

        var redirects = filters.Any(filter => filter.RequestRedirect is not null);
        if (redirects && rule.BackendRefs is { Count: > 0 })
        {
            findings.Error(path + ".backendRefs", "a rule that redirects sends nowhere", "remove the backends or the filter RequestRedirect");
        }

        if (redirects && filters.Any(filter => filter.UrlRewrite is not null))
        {
            findings.Error(path + ".filters", "RequestRedirect and URLRewrite exclude each other", "use one of them");
        }

        Timeouts(path + ".timeouts", rule.Timeouts, findings);
    }

    private static void Path(string path, HttpPathMatch? match, Findings findings)
    {
        if (match?.Value is not { } value || match.Type == "RegularExpression")
        {
            findings.Regex(path + ".value", match?.Value);
        }
        else if (!value.StartsWith('/'))
        {
            findings.Error(path + ".value", $"'{value}' does not begin with a slash", "write it like /api");
        }
        else if (Array.Find(NotInPaths, part => value.Contains(part, StringComparison.Ordinal)) is { } part)
        {
            findings.Error(path + ".value", $"'{value}' contains {part}, which paths do not have when they are matched", "write the path as it is after normalization");
        }
    }

    private static void Filter(string path, HttpRouteFilter filter, Findings findings)
    {
        (string Type, bool IsSet, string Field)[] known =
        [
            ("RequestHeaderModifier", filter.RequestHeaderModifier is not null, "requestHeaderModifier"),
            ("ResponseHeaderModifier", filter.ResponseHeaderModifier is not null, "responseHeaderModifier"),
            ("RequestMirror", filter.RequestMirror is not null, "requestMirror"),
            ("RequestRedirect", filter.RequestRedirect is not null, "requestRedirect"),
            ("URLRewrite", filter.UrlRewrite is not null, "urlRewrite"),
            ("CORS", filter.Cors is not null, "cors"),
            ("ExtensionRef", filter.ExtensionRef is not null, "extensionRef"),
        ];
        foreach (var (type, isSet, field) in known.Where(entry => entry.IsSet != (entry.Type == filter.Type)))
        {
            findings.Error($"{path}.{field}", isSet ? $"is not for type {filter.Type}" : $"is missing: the filter is of type {type}", isSet ? "remove it, or correct the type" : "give it, or correct the type");
        }
    }

    private static void Timeouts(string path, HttpRouteTimeouts? timeouts, Findings findings)
    {
        findings.Duration(path + ".request", timeouts?.Request, zeroAllowed: true);
        findings.Duration(path + ".backendRequest", timeouts?.BackendRequest, zeroAllowed: true);
        if (GoDuration.TryParse(timeouts?.Request ?? "", out var whole) && whole > TimeSpan.Zero && GoDuration.TryParse(timeouts?.BackendRequest ?? "", out var one) && one > whole)
        {
            findings.Error(path + ".backendRequest", "is longer than request", "make it shorter");
        }
    }
}
