using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mizzen.Resources.Reading;

namespace Mizzen.Explaining;

/// <summary>One request that a proxy has sent, from its access log.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">Path and query, before any rewrite.</param>
/// <param name="Authority">Host.</param>
/// <param name="Cluster">Where it was sent.</param>
/// <param name="Destination">address:port that the app connected to.</param>
internal sealed record LoggedRequest(string Method, string Path, string Authority, string Cluster, string Destination);

/// <summary>Reads the access log lines of proxies: Istio's text format, and JSON with its names.</summary>
internal static partial class AccessLogLines
{
    /// <summary>The requests that were sent out; lines about incoming ones, connections and the program itself are passed over.</summary>
    public static IEnumerable<LoggedRequest> Outgoing(string log) => log.Split('\n').Select(Read).OfType<LoggedRequest>().Where(request => request.Cluster.StartsWith("outbound|", StringComparison.Ordinal));

    private static LoggedRequest? Read(string line) => line.StartsWith('{') ? ReadJson(line) : ReadText(line);

    private static LoggedRequest? ReadText(string line) => TextPattern.Match(line) is { Success: true } match
        ? new LoggedRequest(Group(match, "method"), Group(match, "path"), Group(match, "authority"), Group(match, "cluster"), Group(match, "destination"))
        : null;

    private static LoggedRequest? ReadJson(string line)
    {
        try
        {
            var node = JsonNode.Parse(line);
            return node.Text("method").Length == 0 ? null : new LoggedRequest(
                node.Text("method"), node.Text("path"), node.Text("authority"), node.Text("upstream_cluster"), node.Text("downstream_local_address"));
        }
        catch (JsonException)
        {
            // A line of the program's own that begins like JSON.
            return null;
        }
    }

    private static string Group(Match match, string name) => match.Groups[name].Value.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("""^\[[^\]]+\] "(?<method>[A-Z]+) (?<path>\S+) HTTP/[0-9.]+" .*"(?<authority>[^"]*)" "[^"]*" (?<cluster>\S+) \S+ (?<destination>\S+) \S+ \S+ \S+\s*$""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex TextPattern { get; }
}
