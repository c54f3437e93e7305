namespace Mizzen.Cluster.Tests.ApiServers;

/// <summary>Rules in CEL that CustomResourceDefinitions bring, as an unmodified kubectl meets them.</summary>
public sealed class CustomRuleTests(RunningApiServer api) : IClassFixture<RunningApiServer>
{
    [Fact]
    public async Task An_object_that_breaks_a_rule_is_refused_in_the_rules_words()
    {
        await api.KubectlAsync("apply -f -", Definition("tanks", "{rule: 'self.level <= self.size', message: more than fits}"));

        var (code, _, errors) = await api.RunKubectlAsync("apply -f -", Tank("tanks", 3));
        Assert.Equal((1, "The Tank \"t\" is invalid: spec: Invalid value: \"object\": more than fits\n"), (code, errors));
        await api.KubectlAsync("apply -f -", Tank("tanks", 2));
        Assert.Contains("more than fits", (await api.RunKubectlAsync("apply -f -", Tank("tanks", 4))).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rule_that_cannot_be_enforced_is_told_when_the_definition_is_made()
    {
        var (code, _, errors) = await api.RunKubectlAsync("apply -f -", Definition("vats", "{rule: 'quantity(self.x).isLessThan(quantity(\"1Gi\"))'}"));

        Assert.Equal(0, code);
        Assert.Contains(
            "Warning: spec.versions[0].schema.openAPIV3Schema.properties[spec]: this rule is not enforced, for want of function isLessThan, function quantity: quantity(self.x)",
            errors,
            StringComparison.Ordinal);
        await api.KubectlAsync("apply -f -", Tank("vats", 2));
    }

    [Fact]
    public async Task A_rule_that_is_no_CEL_is_refused()
    {
        var (code, _, errors) = await api.RunKubectlAsync("apply -f -", Definition("pits", "{rule: 'self.level <'}"));
        Assert.Equal(1, code);
        Assert.Contains("spec.versions[0].schema.openAPIV3Schema.properties[spec]: Invalid value: \"self.level <\": compilation failed: ", errors, StringComparison.Ordinal);
    }

    private static string Tank(string plural, int level) => $$"""
        apiVersion: {{plural}}.example.org/v1
        kind: Tank
        metadata: {name: t}
        spec: {level: {{level}}, size: 2}
        """;

    private static string Definition(string plural, string rule) => $$"""
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: {{plural}}.{{plural}}.example.org}
        spec:
          group: {{plural}}.example.org
          scope: Namespaced
          names: {plural: {{plural}}, kind: Tank}
          versions:
          - name: v1
            served: true
            storage: true
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec:
                    type: object
                    x-kubernetes-validations: [{{rule}}]
                    properties: {level: {type: integer}, size: {type: integer}, x: {type: string} }
        """;
}
