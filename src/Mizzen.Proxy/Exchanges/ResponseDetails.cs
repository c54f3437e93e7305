namespace Mizzen.Proxy.Exchanges;

/// <summary>Envoy's response code details: why an exchange ended as it did.</summary>
internal static class ResponseDetails
{
    public const string ViaUpstream = "via_upstream";
    public const string DirectResponse = "direct_response";
    public const string RouteNotFound = "route_not_found";
    public const string ClusterNotFound = "cluster_not_found";
    public const string NoHealthyUpstream = "no_healthy_upstream";
    public const string ResponseTimeout = "response_timeout";
    public const string PerTryTimeout = "upstream_per_try_timeout";
    public const string MaxDurationTimeout = "max_duration_timeout";
    public const string StreamIdleTimeout = "stream_idle_timeout";
    public const string RequestTimeout = "request_overall_timeout";
    public const string Overload = "overload";
    public const string DownstreamDisconnect = "downstream_remote_disconnect";
    public const string UpgradeFailed = "upgrade_failed";
    public const string CodecError = "http1.codec_error";
    public const string MessagingViolation = "http2.violation.of.messaging.rule";
}
