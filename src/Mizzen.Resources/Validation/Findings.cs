using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Reading;

namespace Mizzen.Resources.Validation;

/// <summary>Collects what is found about one object, and holds the checks that many fields share.</summary>
internal sealed class Findings(ResourceKey key)
{
    private const int HighestPort = 65535;
    private const int LongestRegex = 1024;
    private static readonly TimeSpan ShortestDuration = TimeSpan.FromMilliseconds(1);
    private readonly List<Problem> _all = [];

    public IReadOnlyList<Problem> All => _all;

    public void Error(string path, string text, string? fix = null) => _all.Add(new Problem(IstioCodes.SchemaValidationError, key, path, text, fix));

    public void Warn(string path, string text, string? fix = null) => Add(IstioCodes.SchemaWarning, path, text, fix);

    public void Add(string code, string path, string text, string? fix = null) => _all.Add(new Problem(code, key, path, text, fix));

    /// <summary>A duration of at least a millisecond, where there is one.</summary>
    public void Duration(string path, string? text, bool zeroAllowed = false)
    {
        if (text is null)
        {
            return;
        }

        if (!GoDuration.TryParse(text, out var duration))
        {
            Error(path, $"'{text}' is not a duration", "write it like 2s, 500ms or 1h30m");
        }
        else if (duration < ShortestDuration && !(zeroAllowed && duration == TimeSpan.Zero))
        {
            Error(path, $"{text} is shorter than 1ms", "give at least 1ms");
        }
    }

    public void Port(string path, int? number, bool isRequired = false)
    {
        if (number is null ? isRequired : number is < 1 or > HighestPort)
        {
            Error(path, number is null ? "a port is missing" : $"{number} is not a port", "give a number from 1 to 65535");
        }
    }

    public void NotNegative(string path, int? number)
    {
        if (number < 0)
        {
            Error(path, $"{number} is negative", "give 0 or more");
        }
    }

    public void Percent(string path, double? value)
    {
        const double Smallest = 0.0001;
        if (value is < 0 or > 100)
        {
            Error(path, $"{value} is not a percentage", "give a number from 0 to 100");
        }
        else if (value is > 0 and < Smallest)
        {
            Error(path, $"{value} is finer than can be told apart", "give at least 0.0001");
        }
    }

    /// <summary>A host: a domain name, with a star in front where that is allowed, or an IP address.</summary>
    public void Host(string path, string? host, bool wildcardAllowed = true)
    {
        if (string.IsNullOrEmpty(host))
        {
            Error(path, "a host is missing", "name a host");
        }
        else if (!DomainNames.IsHost(host, wildcardAllowed))
        {
            Error(path, $"'{host}' is not a host name", wildcardAllowed ? "write it like reviews, reviews.default.svc.cluster.local or *.example.com" : "write it like reviews or api.example.com");
        }
    }

    public void Regex(string path, string? pattern)
    {
        if (pattern is null)
        {
            return;
        }

        if (pattern.Length > LongestRegex)
        {
            Error(path, $"the regular expression is longer than {LongestRegex} characters", "shorten it, or split the rule");
        }
        else if (RegexSyntax.ProblemOf(pattern) is { } problem)
        {
            Error(path, $"'{pattern}' is not a regular expression: {problem}", "correct it; the syntax is RE2's");
        }
    }

    public void HeaderName(string path, string name, bool isPseudoAllowed = false)
    {
        if (!DomainNames.IsHeaderName(name) && !(isPseudoAllowed && name.StartsWith(':')))
        {
            Error(path, $"'{name}' is not the name of a header", "use letters, digits and dashes");
        }
    }

    public void Labels(string path, IReadOnlyDictionary<string, string>? labels)
    {
        foreach (var (name, value) in labels ?? new Dictionary<string, string>())
        {
            if (name.Length == 0 || name.Contains('*', StringComparison.Ordinal) || (value ?? "").Contains('*', StringComparison.Ordinal))
            {
                Error(path, $"'{name}: {value}' is not a label", "labels have a name, and a star stands for nothing in them");
            }
        }
    }

    public void ExportTo(IReadOnlyList<string>? exportTo, string? ns)
    {
        var entries = exportTo ?? [];
        var full = entries.Select(entry => entry == "." ? ns ?? "." : entry).ToList();
        if (full.Distinct(StringComparer.Ordinal).Count() != full.Count)
        {
            Error("spec.exportTo", "names a namespace twice", "name each once; '.' is the object's own");
        }

        if (entries.Count > 1 && entries.Any(entry => entry is "*" or "~"))
        {
            Error("spec.exportTo", "'*' and '~' stand for all or none and cannot have others beside them", "give either one of them or namespaces");
        }

        foreach (var entry in entries.Where(entry => entry is not ("*" or "." or "~") && !DomainNames.IsLabel(entry)))
        {
            Error("spec.exportTo", $"'{entry}' is not a namespace", "give '*', '.' or the name of a namespace");
        }
    }
}
