using Envoy.Config.Core.V3;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>What HTTP rules do.</summary>
public sealed class HttpActionTests
{
    [Theory]
    [InlineData("route: [{destination: {host: ratings}}]", "outbound|80||ratings.default.svc.cluster.local")]
    [InlineData("route: [{destination: {host: ratings, subset: v1}}]", "outbound|80|v1|ratings.default.svc.cluster.local")]
    [InlineData("route: [{destination: {host: ratings, port: {number: 8080}}}]", "outbound|8080||ratings.default.svc.cluster.local")]
    [InlineData("route: [{destination: {host: shop.store.svc.cluster.local}}]", "outbound|80||shop.store.svc.cluster.local")]
    [InlineData("route: [{destination: {host: nowhere}}]", "outbound|80||nowhere.default.svc.cluster.local")]
    [InlineData("route: [{destination: {host: ratings}, weight: 0}]", "outbound|80||ratings.default.svc.cluster.local")]
    [InlineData("route: [{destination: {host: ratings}, weight: 3}, {destination: {host: reviews}, weight: 1}]", "3x outbound|80||ratings.default.svc.cluster.local + 1x outbound|80||reviews.default.svc.cluster.local")]
    [InlineData("route: [{destination: {host: ratings}, weight: 100}, {destination: {host: reviews}}]", "100x outbound|80||ratings.default.svc.cluster.local")]
    [InlineData("rewrite: {uri: /x}, route: [{destination: {host: ratings}}]", "outbound|80||ratings.default.svc.cluster.local path=/x")]
    [InlineData("rewrite: {uriRegexRewrite: {match: a, rewrite: b}}, route: [{destination: {host: ratings}}]", "outbound|80||ratings.default.svc.cluster.local path=s/a/b/")]
    [InlineData("rewrite: {authority: other}, route: [{destination: {host: ratings}}]", "outbound|80||ratings.default.svc.cluster.local host=other")]
    [InlineData("headers: {request: {set: {Host: other}}}, route: [{destination: {host: ratings}}]", "outbound|80||ratings.default.svc.cluster.local host=other")]
    [InlineData("redirect: {uri: /new}", "MovedPermanently :///new")]
    [InlineData("redirect: {authority: a.b, scheme: https, port: 8443, redirectCode: 307}", "TemporaryRedirect https://a.b:8443")]
    [InlineData("redirect: {scheme: https, port: 443}", "MovedPermanently https://")]
    [InlineData("redirect: {authority: a.b, derivePort: FROM_REQUEST_PORT}", "MovedPermanently ://a.b:80")]
    [InlineData("redirect: {prefixRewrite: /p}", "MovedPermanently :///p*")]
    [InlineData("directResponse: {status: 418, body: {string: teapot}}", "418 'teapot'")]
    [InlineData("directResponse: {status: 200, body: {bytes: aGk=}}", "200 'hi'")]
    public void A_rule_becomes_an_action(string rule, string expected) =>
        Assert.Equal(["/* -> " + expected], Meshes.RoutesWith($"{{{rule}}}"));

    [Theory]
    [InlineData("fault: {delay: {percentage: {value: 50}, fixedDelay: 2s}}", ", 50% delayed 2s")]
    [InlineData("fault: {delay: {percent: 5, fixedDelay: 500ms}}", ", 5% delayed 0.5s")]
    [InlineData("fault: {delay: {fixedDelay: 2s}}", ", 0% delayed 2s")]
    [InlineData("fault: {abort: {percentage: {value: 0.1}, httpStatus: 503}}", ", 0.1% 503")]
    [InlineData("fault: {abort: {percentage: {value: 100}, grpcStatus: UNAVAILABLE}}", ", 100% grpc 14")]
    [InlineData("fault: {delay: {percentage: {value: 1}, fixedDelay: 1s}, abort: {percentage: {value: 2}, httpStatus: 500}}", ", 1% delayed 1s, 2% 500")]
    public void Faults_are_injected_in_the_share_that_is_given_and_none_where_none_is(string fault, string expected) =>
        Assert.EndsWith(expected, Assert.Single(Meshes.RoutesWith($"{{{fault}, route: [{{destination: {{host: ratings}}}}]}}")), StringComparison.Ordinal);

    [Theory]
    [InlineData("", "2 on connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes")]
    [InlineData("retries: {attempts: 3},", "3 on connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes")]
    [InlineData("retries: {attempts: 3, retryOn: 5xx},", "3 on 5xx")]
    [InlineData("retries: {attempts: 3, retryOn: '503,reset', perTryTimeout: 2s},", "3 on reset,retriable-status-codes [503], 2s each")]
    [InlineData("retries: {attempts: 0},", "none")]
    public void Retries_have_Istios_defaults(string retries, string expected)
    {
        var client = Meshes.Client(Meshes.VirtualService($"hosts: [reviews], http: [{{{retries} route: [{{destination: {{host: ratings}}}}]}}]"));

        Assert.Equal(expected, RouteText.Retry(client.Host("80", Meshes.Reviews + ":80").Routes[0].Route_.RetryPolicy));
    }

    [Fact]
    public void Services_without_any_rule_are_retried_too_and_hosts_that_were_tried_are_avoided()
    {
        var retry = Meshes.Client().Host("80", Meshes.Reviews + ":80").Routes[0].Route_.RetryPolicy;

        Assert.Equal(2u, retry.NumRetries);
        Assert.Equal("envoy.retry_host_predicates.previous_hosts", Assert.Single(retry.RetryHostPredicate).Name);
        Assert.Equal(5, retry.HostSelectionRetryMaxAttempts);
    }

    [Fact]
    public void The_mesh_may_have_another_default()
    {
        var client = Meshes.Client(Meshes.MeshConfig("{defaultHttpRetryPolicy: {attempts: 7, retryOn: reset}}"));

        Assert.Equal("7 on reset", RouteText.Retry(client.Host("80", Meshes.Reviews + ":80").Routes[0].Route_.RetryPolicy));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("timeout: 1500ms,", 1.5)]
    [InlineData("timeout: 0s,", 0)]
    public void There_is_no_timeout_unless_a_rule_gives_one(string timeout, double seconds)
    {
        var client = Meshes.Client(Meshes.VirtualService($"hosts: [reviews], http: [{{{timeout} route: [{{destination: {{host: ratings}}}}]}}]"));

        Assert.Equal(seconds, client.Host("80", Meshes.Reviews + ":80").Routes[0].Route_.Timeout.ToTimeSpan().TotalSeconds);
    }

    [Fact]
    public void Headers_are_set_added_and_removed()
    {
        var route = Meshes.Client(Meshes.VirtualService(
            "hosts: [reviews], http: [{headers: {request: {set: {b: '1'}, add: {a: '2'}, remove: [c]}, response: {set: {d: '3'}, remove: [e]}}, route: [{destination: {host: ratings}}]}]"))
            .Host("80", Meshes.Reviews + ":80").Routes[0];

        Assert.Equal(["b=1 OverwriteIfExistsOrAdd", "a=2 AppendIfExistsOrAdd"], route.RequestHeadersToAdd.Select(Text));
        Assert.Equal(["c"], route.RequestHeadersToRemove);
        Assert.Equal(["d=3 OverwriteIfExistsOrAdd"], route.ResponseHeadersToAdd.Select(Text));
        Assert.Equal(["e"], route.ResponseHeadersToRemove);
    }

    [Fact]
    public void Headers_of_a_destination_apply_to_its_share_only()
    {
        var route = Meshes.Client(Meshes.VirtualService(
            "hosts: [reviews], http: [{route: [{destination: {host: ratings}, weight: 1, headers: {request: {set: {a: '1'}}}}, {destination: {host: reviews}, weight: 1}]}]"))
            .Host("80", Meshes.Reviews + ":80").Routes[0];

        Assert.Empty(route.RequestHeadersToAdd);
        Assert.Equal([1, 0], route.Route_.WeightedClusters.Clusters.Select(cluster => cluster.RequestHeadersToAdd.Count));
    }

    [Fact]
    public void A_route_says_which_object_it_comes_from_and_what_tracing_calls_it()
    {
        var route = Meshes.Client(Meshes.VirtualService("hosts: [reviews], http: [{match: [{uri: {prefix: /api}}], route: [{destination: {host: ratings}}]}]"))
            .Host("80", Meshes.Reviews + ":80").Routes[0];

        Assert.Equal("/apis/networking.istio.io/v1/namespaces/default/virtual-service/rule", route.Metadata.FilterMetadata["istio"].Fields["config"].StringValue);
        Assert.Equal("ratings.default.svc.cluster.local:80/api*", route.Decorator.Operation);
    }

    private static string Text(HeaderValueOption option) => $"{option.Header.Key}={option.Header.Value} {option.AppendAction}";
}
