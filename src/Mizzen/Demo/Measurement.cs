using System.Globalization;
using System.Text.RegularExpressions;

namespace Mizzen.Demo;

/// <summary>One answer of the demo app. Status 0: there was no answer, and the body says why.</summary>
internal readonly record struct Answer(int Status, string Body, TimeSpan Duration)
{
    public bool IsSuccess => Status == 200;
}

/// <summary>What a number of requests showed.</summary>
internal sealed partial class Measurement(IReadOnlyList<Answer> answers)
{
    public int Count => answers.Count;

    /// <summary>The share of answers with status 200, 0 to 1.</summary>
    public double SuccessRate => Share(answer => answer.IsSuccess);

    /// <summary>The share of answers that fulfil a condition, 0 to 1; 0 without answers.</summary>
    public double Share(Func<Answer, bool> condition) => Count == 0 ? 0 : (double)answers.Count(condition) / Count;

    /// <summary>Of the answers that name a version of the middleware, the share that names this one, 0 to 1.</summary>
    public double ShareOf(string version)
    {
        var named = answers.Select(answer => VersionPattern.Match(answer.Body)).Where(match => match.Success).ToList();
        return named.Count == 0 ? 0 : (double)named.Count(match => match.Groups[1].Value == version) / named.Count;
    }

    /// <summary>"middleware-prod 81 %, middleware-canary 19 %".</summary>
    public string Versions()
    {
        var groups = answers
            .Select(answer => VersionPattern.Match(answer.Body))
            .Where(match => match.Success)
            .GroupBy(match => match.Groups[1].Value, StringComparer.Ordinal)
            .OrderByDescending(group => group.Count())
            .ToList();
        double total = groups.Sum(group => group.Count());
        return groups.Count == 0
            ? "no answer"
            : string.Join(", ", groups.Select(group => $"middleware-{group.Key} {Percent(group.Count() / total)}"));
    }

    /// <summary>A share as people write it: <c>34.5 %</c>.</summary>
    public static string Percent(double share) => (share * 100).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    // A tier names itself before its latency: "middleware-prod - 0.004 seconds".
    [GeneratedRegex("middleware-(prod|canary)(?= - )", RegexOptions.CultureInvariant)]
    private static partial Regex VersionPattern { get; }
}
