namespace Mizzen.Bench.Peers.Load;

/// <summary>Percentiles of latencies, and the longest, µs.</summary>
internal readonly record struct Latencies(double P50, double P99, double P999, double Longest);
