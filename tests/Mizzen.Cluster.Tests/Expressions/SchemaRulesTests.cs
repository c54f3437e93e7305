using System.Text.Json.Nodes;
using Mizzen.Cluster.Expressions;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Tests.Expressions;

public sealed class SchemaRulesTests
{
    private static readonly StructuralSchema Schema = StructuralSchema.Parse(JsonNode.Parse("""
        {"type": "object",
         "x-kubernetes-validations": [{"rule": "self.metadata.name.startsWith('x')", "message": "names start with x"}],
         "properties": {
           "metadata": {"type": "object"},
           "spec": {"type": "object",
             "x-kubernetes-validations": [
               {"rule": "self.min <= self.max", "messageExpression": "'at least ' + string(self.min)", "fieldPath": ".max"},
               {"rule": "self.min < 100", "reason": "FieldValueForbidden"},
               {"rule": "!has(self.kind) || self.kind == oldSelf.kind", "message": "is immutable"}],
             "properties": {
               "min": {"type": "integer"}, "max": {"type": "integer"}, "kind": {"type": "string"},
               "modes": {"type": "object", "additionalProperties": {"type": "string", "x-kubernetes-validations": [{"rule": "self != 'bad'"}]}},
               "items": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": {"type": "object",
                 "x-kubernetes-validations": [{"rule": "self.size >= oldSelf.size", "message": "must not shrink"}],
                 "properties": {"name": {"type": "string"}, "size": {"type": "integer"}}}}}}}}
        """)!.AsObject());

    [Theory]
    [InlineData("""{"min": 1, "max": 2}""", null, "")]
    [InlineData("""{"min": 3, "max": 2}""", null, "spec.max: Invalid value: \"object\": at least 3")]
    [InlineData("""{"min": 100, "max": 200}""", null, "spec: Forbidden: failed rule: self.min < 100")]
    [InlineData("""{"min": 1}""", null, "spec.max: Invalid value: \"object\": *max* evaluating rule: self.min <= self.max")]
    [InlineData("""{"min": 1, "max": 2, "modes": {"a": "good", "b": "bad"}}""", null, "spec.modes.b: Invalid value: \"string\": failed rule: self != 'bad'")]
    // About what was: not asked of what is new, and not again of what has not changed.
    [InlineData("""{"min": 1, "max": 2, "kind": "a"}""", null, "")]
    [InlineData("""{"min": 1, "max": 2, "kind": "b"}""", """{"min": 1, "max": 2, "kind": "a"}""", "spec: Invalid value: \"object\": is immutable")]
    [InlineData("""{"min": 3, "max": 2}""", """{"min": 3, "max": 2}""", "")]
    [InlineData("""{"min": 1, "max": 2, "items": [{"name": "new", "size": 1}, {"name": "b", "size": 1}]}""", """{"min": 1, "max": 2, "items": [{"name": "b", "size": 2}]}""", "spec.items[1]: Invalid value: \"object\": must not shrink")]
    public void A_spec_breaks(string spec, string? old, string problem)
    {
        var errors = Check("x1", spec, old);
        if (problem.Length == 0)
        {
            Assert.Empty(errors);
            return;
        }

        var parts = problem.Split('*');
        var text = Assert.Single(errors).ToString();
        Assert.StartsWith(parts[0], text, StringComparison.Ordinal);
        Assert.EndsWith(parts[^1], text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_root_has_no_name() =>
        Assert.Equal("<nil>: Invalid value: \"object\": names start with x", Assert.Single(Check("y", """{"min": 1, "max": 2}""", null)).ToString());

    private static IReadOnlyList<FieldError> Check(string name, string spec, string? old) =>
        new SchemaRules(new ExpressionLibrary()).Check(Schema, Object(name, spec), old is null ? null : Object(name, old));

    private static JsonObject Object(string name, string spec) =>
        new() { ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject() }, ["spec"] = JsonNode.Parse(spec) };
}
