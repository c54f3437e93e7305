using System.Text;
using Envoy.Config.Route.V3;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Tests.Configuration;

public sealed class RouteCompilerTests
{
    [Fact]
    public void Domains_are_ordered_by_precedence()
    {
        var table = Compile("""
            {
              "name": "80", "ignore_port_in_host_matching": true,
              "virtual_hosts": [
                {"name": "exact", "domains": ["A.example", "a"]},
                {"name": "suffix", "domains": ["*.example", "*.long.example"]},
                {"name": "prefix", "domains": ["a.*"]},
                {"name": "any", "domains": ["*"]}]
            }
            """);

        Assert.True(table.IgnorePort);
        Assert.Equal(["a", "a.example"], table.Exact.Keys.Order());
        Assert.Equal([".long.example", ".example"], table.Suffixes.Select(entry => Encoding.UTF8.GetString(entry.Suffix)));
        Assert.Equal("a.", Encoding.UTF8.GetString(Assert.Single(table.Prefixes).Prefix));
        Assert.Equal("any", table.Any!.Name);
    }

    [Theory]
    [InlineData("""{"prefix": "/a"}""", "Prefix", "/a")]
    [InlineData("""{"path": "/a"}""", "Exact", "/a")]
    [InlineData("""{"path_separated_prefix": "/a"}""", "SegmentPrefix", "/a")]
    [InlineData("""{"safe_regex": {"regex": "/a.*"}}""", "Regex", "")]
    public void Path_conditions(string match, string kind, string path)
    {
        var model = Route($$"""{"match": {{match}}, "direct_response": {"status": 200} }""").Match;
        Assert.Equal(kind, model.PathKind.ToString());
        Assert.Equal(path, Encoding.UTF8.GetString(model.Path));
        Assert.False(model.IgnoreCase);
        Assert.Equal(1_000_000u, model.PerMillion);
    }

    [Fact]
    public void All_conditions_of_a_match()
    {
        var match = Route("""
            {
              "match": {
                "prefix": "/", "case_sensitive": false,
                "headers": [
                  {"name": "X-Dev-User", "string_match": {"exact": "super-secret", "ignore_case": true}},
                  {"name": ":method", "string_match": {"safe_regex": {"regex": "GET|HEAD"}}, "invert_match": true},
                  {"name": "x-there", "present_match": true}, {"name": "x-not-there", "present_match": false},
                  {"name": "x-number", "range_match": {"start": 1, "end": 10}, "treat_missing_header_as_empty": true}],
                "query_parameters": [{"name": "q", "string_match": {"prefix": "p"}}, {"name": "there", "present_match": true}],
                "runtime_fraction": {"default_value": {"numerator": 25}}},
              "direct_response": {"status": 200}
            }
            """).Match;

        Assert.True(match.IgnoreCase);
        Assert.Equal(250_000u, match.PerMillion);
        Assert.Equal(["x-dev-user", ":method", "x-there", "x-not-there", "x-number"], match.Headers.Select(header => Encoding.UTF8.GetString(header.Name)));
        Assert.Equal(["Exact", "Regex", "Present", "Present", "Present"], match.Headers.Select(header => header.Value.Kind.ToString()));
        Assert.Equal([false, true, false, true, false], match.Headers.Select(header => header.Invert));
        Assert.True(match.Headers[0].Value.IgnoreCase);
        Assert.Equal((1, 10), match.Headers[4].Range);
        Assert.True(match.Headers[4].TreatMissingAsEmpty);
        Assert.Equal(["Prefix", "Present"], match.Query.Select(query => query.Value.Kind.ToString()));
    }

    [Fact]
    public void A_forwarding_route_with_everything()
    {
        var forward = Assert.IsType<RouteActionModel.Forward>(Route("""
            {
              "name": "r", "match": {"prefix": "/"},
              "route": {
                "weighted_clusters": {"clusters": [
                  {"name": "a", "weight": 80, "request_headers_to_remove": ["X-Gone"]}, {"name": "b", "weight": 20, "host_rewrite_literal": "b.example"}, {"name": "none", "weight": 0}]},
                "timeout": "0s", "idle_timeout": "3s", "prefix_rewrite": "/new", "host_rewrite_literal": "h", "cluster_not_found_response_code": "INTERNAL_SERVER_ERROR",
                "retry_policy": {
                  "retry_on": "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes", "num_retries": 2, "per_try_timeout": "2s",
                  "retriable_status_codes": [503], "retry_host_predicate": [{"name": "envoy.retry_host_predicates.previous_hosts"}],
                  "host_selection_retry_max_attempts": "5", "retry_back_off": {"base_interval": "0.010s"}}}
            }
            """).Action);

        Assert.Equal([("a", 80u), ("b", 20u)], forward.Clusters.Select(entry => (entry.Cluster.Name, entry.Weight)));
        Assert.Equal("x-gone", Encoding.UTF8.GetString(forward.Clusters[0].RequestHeaders.Remove[0]));
        Assert.Equal("b.example", Encoding.UTF8.GetString(forward.Clusters[1].HostRewrite!));
        Assert.Equal(0, forward.Timeout);
        Assert.Equal(3_000, forward.IdleTimeout);
        Assert.Equal("/new", Encoding.UTF8.GetString(forward.PrefixRewrite!));
        Assert.Equal(500, forward.ClusterNotFoundStatus);
        var retry = forward.Retry!;
        Assert.Equal(
            RetryOn.ConnectFailure | RetryOn.RefusedStream | RetryOn.GrpcUnavailable | RetryOn.GrpcCancelled | RetryOn.RetriableStatusCodes, retry.On);
        Assert.Equal((2, 2_000L, 10L, 100L, 5, true), (retry.Count, retry.PerTryTimeout, retry.BackOffBase, retry.BackOffMax, retry.HostSelectionAttempts, retry.AvoidPreviousHosts));
        Assert.Equal([503], retry.StatusCodes);
    }

    [Fact]
    public void A_route_without_a_timeout_has_Envoys() =>
        Assert.Equal(15_000, Assert.IsType<RouteActionModel.Forward>(Route("""{"match": {"prefix": "/"}, "route": {"cluster": "c"}}""").Action).Timeout);

    [Fact]
    public void Redirects_and_fixed_answers()
    {
        var redirect = Assert.IsType<RouteActionModel.Redirect>(Route("""
            {"match": {"prefix": "/"}, "redirect": {"https_redirect": true, "host_redirect": "h", "port_redirect": 8443, "path_redirect": "/p", "response_code": "PERMANENT_REDIRECT", "strip_query": true}}
            """).Action);
        Assert.Equal((308, true, 8443, true), (redirect.Status, redirect.HttpsRedirect, redirect.Port, redirect.StripQuery));
        Assert.Equal("h", Encoding.UTF8.GetString(redirect.Host!));

        var direct = Assert.IsType<RouteActionModel.Direct>(Route("""{"match": {"prefix": "/"}, "direct_response": {"status": 418, "body": {"inline_string": "tea"}}}""").Action);
        Assert.Equal((418, "tea"), (direct.Status, Encoding.UTF8.GetString(direct.Body)));
    }

    [Theory]
    [InlineData("APPEND_IF_EXISTS_OR_ADD", "AppendIfExistsOrAdd")]
    [InlineData("ADD_IF_ABSENT", "AddIfAbsent")]
    [InlineData("OVERWRITE_IF_EXISTS_OR_ADD", "OverwriteIfExistsOrAdd")]
    [InlineData("OVERWRITE_IF_EXISTS", "OverwriteIfExists")]
    public void Header_additions(string action, string expected)
    {
        var addition = Assert.Single(Route($$"""
            {"match": {"prefix": "/"}, "direct_response": {"status": 200},
             "request_headers_to_add": [{"header": {"key": "X-A", "value": "%PROTOCOL%"}, "append_action": "{{action}}"}]}
            """).RequestHeaders.Add);
        Assert.Equal(expected, addition.Action.ToString());
        Assert.Equal("x-a", Encoding.UTF8.GetString(addition.Name));
        Assert.True(addition.HasOperators);
    }

    [Fact]
    public void Names_operation_origin_and_fault_of_a_route()
    {
        var route = Route("""
            {
              "name": "r", "match": {"prefix": "/"}, "direct_response": {"status": 200}, "decorator": {"operation": "backend:80/*"},
              "metadata": {"filter_metadata": {"istio": {"config": "/apis/networking.istio.io/v1/namespaces/default/virtual-service/v"}}},
              "typed_per_filter_config": {"envoy.filters.http.fault": {"@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
                "abort": {"grpc_status": 14, "percentage": {"numerator": 5, "denominator": "TEN_THOUSAND"}}}}
            }
            """);
        Assert.Equal("r", route.Name);
        Assert.Equal("backend:80/*", Encoding.UTF8.GetString(route.Decorator!));
        Assert.EndsWith("virtual-service/v", route.Origin, StringComparison.Ordinal);
        Assert.Equal(new FaultModel { AbortGrpcStatus = 14, AbortPerMillion = 500 }, route.Filters["envoy.filters.http.fault"].Settings);
    }

    [Theory]
    [InlineData("""{"match": {"prefix": "/"}}""", "virtual_hosts[v].routes[0]: a route needs one of route, redirect, direct_response")]
    [InlineData("""{"direct_response": {"status": 200}}""", "virtual_hosts[v].routes[0].match: a route needs a match")]
    [InlineData("""{"match": {"prefix": "/"}, "route": {}}""", "routes[0].route: a forwarding route needs cluster or weighted_clusters")]
    [InlineData("""{"match": {"prefix": "/"}, "route": {"weighted_clusters": {"clusters": [{"name": "a", "weight": 0}]}}}""", "weighted_clusters: the sum of the weights is 0")]
    [InlineData("""{"match": {"safe_regex": {"regex": "("}}, "direct_response": {"status": 200}}""", "match: '(' is not a regular expression")]
    [InlineData("""{"match": {"safe_regex": {"regex": "(a)\\1"}}, "direct_response": {"status": 200}}""", "is not a regular expression")]
    [InlineData("""{"match": {"prefix": "/"}, "route": {"cluster": "c", "retry_policy": {"retry_on": "sometimes"}}}""", "route.retry_policy: retry_on: 'sometimes' is not a condition")]
    [InlineData(
        """
        {"match": {"prefix": "/"}, "direct_response": {"status": 200}, "typed_per_filter_config": {
          "envoy.filters.http.lua": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}}
        """,
        "typed_per_filter_config[envoy.filters.http.lua]: this proxy has no such filter")]
    public void Refusals_name_host_route_and_field(string route, string refusal)
    {
        var problems = new Problems();
        _ = RouteCompiler.Compile(Table(route), problems);
        Assert.Contains(refusal, problems.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_domain_belongs_to_one_host()
    {
        var problems = new Problems();
        _ = RouteCompiler.Compile(
            XdsText.Message<RouteConfiguration>("""{"virtual_hosts": [{"name": "a", "domains": ["x"]}, {"name": "b", "domains": ["X"]}]}"""), problems);
        Assert.Equal("virtual_hosts[b]: the domain x belongs to another virtual host already", problems.ToString());
    }

    private static RouteConfiguration Table(string route) =>
        XdsText.Message<RouteConfiguration>($$"""{"name": "80", "virtual_hosts": [{"name": "v", "domains": ["*"], "routes": [{{route}}]}]}""");

    private static RouteModel Route(string route)
    {
        var problems = new Problems();
        var table = RouteCompiler.Compile(Table(route), problems);
        Assert.Equal("", problems.ToString());
        return Assert.Single(table.Any!.Routes);
    }

    private static RouteTable Compile(string json)
    {
        var problems = new Problems();
        var table = RouteCompiler.Compile(XdsText.Message<RouteConfiguration>(json), problems);
        Assert.Equal("", problems.ToString());
        return table;
    }
}
