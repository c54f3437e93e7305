using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.Resources.Tests.Validation;

/// <summary>What files are refused for, with the line.</summary>
public sealed class ManifestValidationTests
{
    private const string Rule = """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata:
          name: reviews
        spec:
          hosts: [reviews]
          http:
          - route:
            - destination:
                host: reviews
                subsett: v1
            timeut: 3s
        """;

    [Fact]
    public void Misspelt_fields_are_told_with_their_line_and_the_name_that_was_meant() => Assert.Equal(
        [
            "rule.yaml:11 MZ0004 spec.http[0].route[0].destination.subsett: did you mean subset?",
            "rule.yaml:12 MZ0004 spec.http[0].timeut: did you mean timeout?",
        ],
        Texts(Rule));

    [Theory]
    [InlineData("{apiVersion: v1, kind: VirtualService, metadata: {name: a}}", "MZ0005", "VirtualService is of networking.istio.io/v1")]
    [InlineData("{apiVersion: networking.istio.io/v9, kind: VirtualService, metadata: {name: a}}", "MZ0005", "write networking.istio.io/v1 or networking.istio.io/v1beta1 or networking.istio.io/v1alpha3")]
    [InlineData("{apiVersion: networking.istio.io/v1, kind: VirtualServce, metadata: {name: a}}", "MZ0005", "did you mean VirtualService?")]
    [InlineData("{apiVersion: config.istio.io/v1alpha2, kind: RouteRule, metadata: {name: a}}", "MZ0005", "write a VirtualService, and a DestinationRule for its subsets")]
    [InlineData("{apiVersion: v1, kind: Service, metadata: {}, spec: {ports: [{port: 80}]}}", "IST0106", "give the object a name")]
    public void A_kind_or_name_that_is_wrong_is_told_with_the_right_one(string yaml, string code, string fix) =>
        Assert.Contains(Problems(yaml), problem => problem.Code == code && problem.Fix == fix);

    [Theory]
    [InlineData("{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: many}]}}", "spec.ports[0].port")]
    [InlineData("{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: a}, spec: {host: a, trafficPolicy: {loadBalancer: {simple: FASTEST}}}}", "spec.trafficPolicy.loadBalancer.simple")]
    public void A_value_of_another_type_or_beyond_the_list_is_told(string yaml, string path) =>
        Assert.Contains(Problems(yaml), problem => problem.Code == "IST0106" && problem.Path == path);

    [Fact]
    public void Kinds_of_others_are_nobodys_business() => Assert.Empty(Problems("{apiVersion: example.com/v1, kind: Thing, metadata: {name: a}, anything: 1}"));

    [Fact]
    public void Objects_of_a_list_have_their_own_lines()
    {
        const string list = """
            apiVersion: v1
            kind: List
            items:
            - apiVersion: v1
              kind: Service
              metadata: {name: one}
            - apiVersion: v1
              kind: Service
              metadata: {name: two}
              spec:
                prts: []
            """;
        Assert.Equal(["rule.yaml:11 MZ0004 spec.prts: did you mean ports?"], Texts(list));
    }

    private static IEnumerable<string> Texts(string yaml) => Problems(yaml).Select(problem => $"{problem.Source}:{problem.Line} {problem.Code} {problem.Path}: {problem.Fix}");

    private static IEnumerable<Problem> Problems(string yaml) => ResourceReader.Read(yaml, "rule.yaml").Documents.SelectMany(ManifestValidation.Of);
}
