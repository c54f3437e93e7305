using System.Text.Json.Serialization;

namespace Mizzen.ControlPlane.Injection;

/// <summary>What the pod's <c>prometheus.io</c> annotations said, for the agent that scrapes in their place (<c>ISTIO_PROMETHEUS_ANNOTATIONS</c>).</summary>
internal sealed record PrometheusScrape(string Scrape, string Path, string Port)
{
    /// <summary>Null where metrics are not to be merged: the pod said so, or is not to be scraped at all.</summary>
    public static PrometheusScrape? Of(PodFacts pod)
    {
        var scrape = pod.Annotation(Names.PrometheusScrape);
        var isOff = Is(scrape, "false") || Is(pod.Annotation(Names.PrometheusMerge), "false");
        return isOff ? null : new PrometheusScrape(scrape ?? "", pod.Annotation(Names.PrometheusPath) ?? "", pod.Annotation(Names.PrometheusPort) ?? "");
    }

    /// <summary>Whether there is an application to scrape.</summary>
    [JsonIgnore]
    public bool HasApplication => Scrape.Length + Path.Length + Port.Length > 0;

    private static bool Is(string? text, string value) => string.Equals(text, value, StringComparison.OrdinalIgnoreCase);
}
