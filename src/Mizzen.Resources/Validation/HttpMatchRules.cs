using Mizzen.Resources.Networking;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for the conditions of HTTP routes.</summary>
internal static class HttpMatchRules
{
    public static void Check(HTTPMatchRequest match, string path, Findings findings)
    {
        if (match == new HTTPMatchRequest())
        {
            findings.Error(path, "has no condition", "give one, or leave match away for a rule that takes everything");
        }

        CheckText(match.Uri, path + ".uri", findings);
        CheckText(match.Scheme, path + ".scheme", findings);
        CheckText(match.Method, path + ".method", findings);
        CheckText(match.Authority, path + ".authority", findings);
        CheckHeaders(match.Headers, path + ".headers", findings);
        CheckHeaders(match.WithoutHeaders, path + ".withoutHeaders", findings);
        foreach (var (name, value) in match.QueryParams ?? new Dictionary<string, StringMatch>())
        {
            CheckText(value, $"{path}.queryParams[{name}]", findings);
        }

        findings.Port(path + ".port", match.Port is 0 ? null : match.Port);
        findings.Labels(path + ".sourceLabels", match.SourceLabels);
        if (match.SourceNamespace is { Length: > 0 } ns && !DomainNames.IsLabel(ns))
        {
            findings.Error(path + ".sourceNamespace", $"'{ns}' is not a namespace", "give the name of a namespace");
        }

        if (match.Gateways is { Count: > 0 } && (match.SourceLabels is { Count: > 0 } || match.SourceNamespace is { Length: > 0 }))
        {
            findings.Warn(path, "sourceLabels and sourceNamespace do not count where gateways are given", "make them conditions of their own");
        }
    }

    public static void CheckText(StringMatch? value, string path, Findings findings)
    {
        if (value is null)
        {
            return;
        }

        if (new[] { value.Exact, value.Prefix, value.Regex }.Count(part => part is not null) > 1)
        {
            findings.Error(path, "says several things at once", "give one of exact, prefix and regex");
        }

        if (value.Prefix is "" || value.Regex is "")
        {
            findings.Error(path, "is empty", "give a text, or leave the condition away");
        }

        findings.Regex(path + ".regex", value.Regex);
    }

    private static void CheckHeaders(IReadOnlyDictionary<string, StringMatch>? headers, string path, Findings findings)
    {
        foreach (var (name, value) in headers ?? new Dictionary<string, StringMatch>())
        {
            if (!name.StartsWith('@'))
            {
                findings.HeaderName($"{path}[{name}]", name, isPseudoAllowed: true);
            }
            else
            {
                findings.Add(IstioCodes.NotSupported, $"{path}[{name}]", "conditions on the claims of a token are not supported yet", "use a header");
            }

            if (name.Any(char.IsAsciiLetterUpper))
            {
                findings.Warn($"{path}[{name}]", "names of headers are compared in lower case", $"write it {name.ToLowerInvariant()}");
            }

            CheckText(value, $"{path}[{name}]", findings);
        }
    }
}
