namespace Mizzen.Telemetry.Intake;

/// <summary>One line of the Prometheus text exposition format: a series and its value.</summary>
/// <param name="Name">The metric's name, for histograms with its suffix (<c>_bucket</c>, <c>_sum</c>, <c>_count</c>).</param>
/// <param name="Labels">The label values by name; empty when the line has none.</param>
/// <param name="Value">The value; may be infinite or NaN.</param>
public sealed record MetricSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value)
{
    /// <summary>The label's value, or an empty string when the series does not carry the label (Prometheus treats both alike).</summary>
    public string Label(string name) => Labels.TryGetValue(name, out var value) ? value : "";
}
