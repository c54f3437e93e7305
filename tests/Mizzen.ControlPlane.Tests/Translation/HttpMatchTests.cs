namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>The conditions of HTTP rules.</summary>
public sealed class HttpMatchTests
{
    [Theory]
    [InlineData("{uri: {exact: /a}}", "=/a")]
    [InlineData("{uri: {prefix: /a}}", "/a*")]
    [InlineData("{uri: {regex: '/a.*b'}}", "~/a.*b")]
    [InlineData("{uri: {prefix: /a}, ignoreUriCase: true}", "/a* (any case)")]
    [InlineData("{uri: {regex: /a}, ignoreUriCase: true}", "~/a")]
    [InlineData("{method: {exact: GET}}", "/* :method=GET")]
    [InlineData("{scheme: {exact: https}}", "/* :scheme=https")]
    [InlineData("{authority: {prefix: www}}", "/* :authority^www")]
    [InlineData("{headers: {x-user: {exact: jason}}}", "/* x-user=jason")]
    [InlineData("{headers: {x-user: {prefix: j}}}", "/* x-user^j")]
    [InlineData("{headers: {x-user: {regex: 'j.*'}}}", "/* x-user~j.*")]
    [InlineData("{headers: {x-user: {}}}", "/* x-user")]
    [InlineData("{headers: {x-user: {regex: '*'}}}", "/* x-user")]
    [InlineData("{headers: {x-b: {exact: b}, x-a: {exact: a}}}", "/* x-a=a x-b=b")]
    [InlineData("{withoutHeaders: {x-user: {exact: jason}}}", "/* not x-user=jason")]
    [InlineData("{withoutHeaders: {x-user: {}}}", "/* not x-user")]
    [InlineData("{queryParams: {v: {exact: '1'}}}", "/* ?v=1")]
    [InlineData("{queryParams: {v: {}}}", "/* ?v")]
    [InlineData("{uri: {prefix: /a}, method: {exact: PUT}, headers: {x: {exact: w}}, queryParams: {q: {exact: r}}}", "/a* :method=PUT x=w ?q=r")]
    public void A_condition_is_put_to_the_proxy(string match, string expected) =>
        Assert.Equal([$"{expected} -> outbound|80||{Meshes.Ratings}"], Meshes.RoutesWith($"{{match: [{match}], route: [{{destination: {{host: ratings}}}}]}}"));

    [Theory]
    [InlineData("{port: 80}", true)]
    [InlineData("{port: 81}", false)]
    [InlineData("{sourceLabels: {app: client}}", true)]
    [InlineData("{sourceLabels: {app: client, team: a}}", true)]
    [InlineData("{sourceLabels: {app: other}}", false)]
    [InlineData("{sourceNamespace: default}", true)]
    [InlineData("{sourceNamespace: store}", false)]
    [InlineData("{gateways: [mesh]}", true)]
    [InlineData("{gateways: [door]}", false)]
    [InlineData("{gateways: [mesh], sourceLabels: {app: other}}", true)]
    public void A_condition_on_who_asks_decides_whether_the_proxy_gets_the_rule(string match, bool gets)
    {
        var routes = Meshes.RoutesWith($"{{name: asked, match: [{match}], directResponse: {{status: 418}}}}");

        Assert.Equal(gets ? ["/* -> 418"] : [$"/* -> outbound|80||{Meshes.Reviews}"], routes);
    }

    [Fact]
    public void Conditions_of_one_rule_are_alternatives_in_order() =>
        Assert.Equal(
            ["=/a -> 200", "/b* -> 200", $"/* -> outbound|80||{Meshes.Reviews}"],
            Meshes.RoutesWith("{match: [{uri: {exact: /a}}, {uri: {prefix: /b}}], directResponse: {status: 200}}, {route: [{destination: {host: reviews}}]}"));

    [Fact]
    public void Nothing_behind_a_rule_that_takes_everything_is_kept() =>
        Assert.Equal(["/* -> 200"], Meshes.RoutesWith("{directResponse: {status: 200}}, {match: [{uri: {exact: /a}}], directResponse: {status: 201}}"));

    [Theory]
    [InlineData("", "")]
    [InlineData("name: rule,", "rule")]
    [InlineData("name: rule, match: [{name: first, uri: {prefix: /}}],", "rule.first")]
    public void A_route_has_the_name_of_its_rule_and_condition(string rule, string name)
    {
        var client = Meshes.Client(Meshes.VirtualService($"hosts: [reviews], http: [{{{rule} directResponse: {{status: 200}}}}]"));

        Assert.Equal(name, client.Host("80", Meshes.Reviews + ":80").Routes[0].Name);
    }
}
