using System.Text.Json.Nodes;
using Mizzen.Cluster.Expressions;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Tests.Expressions;

public sealed class ExpressionTests
{
    private static readonly ExpressionLibrary Library = new();

    private static readonly StructuralSchema Schema = StructuralSchema.Parse(JsonNode.Parse("""
        {"type": "object", "properties": {
          "replicas": {"type": "integer"}, "max": {"type": "integer"}, "ratio": {"type": "number"}, "port": {"x-kubernetes-int-or-string": true},
          "name": {"type": "string"}, "namespace": {"type": "string"}, "a-b": {"type": "string"}, "since": {"type": "string", "format": "date-time"},
          "list": {"type": "array", "items": {"type": "integer"}}, "on": {"type": "boolean"}, "missing": {"type": "string"},
          "labels": {"type": "object", "additionalProperties": {"type": "string"}},
          "ports": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}, "port": {"type": "integer"}}}}}}
        """)!.AsObject());

    private static readonly JsonNode Self = JsonNode.Parse("""
        {"replicas": 3, "max": 5, "ratio": 2, "port": "http", "name": "Abc", "namespace": "shop", "a-b": "x", "since": "2024-05-01T00:00:00Z",
         "list": [1, 2, 3], "on": true, "labels": {"a-b": "kept"}, "ports": [{"name": "a", "port": 80}, {"name": "b", "port": 81}]}
        """)!;

    [Theory]
    [InlineData("self.replicas <= self.max && self.on")]
    [InlineData("has(self.replicas) && !has(self.missing)")]
    [InlineData("!has(self.missing) || self.missing == 'x'")]
    [InlineData("self.ratio / 4.0 == 0.5")]
    [InlineData("type(self.port) == string && self.port == 'http'")]
    [InlineData("self.__namespace__ == 'shop' && self.a__dash__b == 'x' && self.labels['a-b'] == 'kept'")]
    [InlineData("self.since < timestamp('2025-01-01T00:00:00Z') && self.since.getFullYear() == 2024")]
    [InlineData("duration('90s') > duration('1m')")]
    [InlineData("self.list.all(x, x > 0) && self.list.exists(x, x == 2) && self.list.exists_one(x, x > 2)")]
    [InlineData("self.ports.all(p, self.ports.exists_one(q, q.name == p.name && q.port == p.port))")]
    [InlineData("self.ports.map(p, p.port) == [80, 81] && self.list.filter(x, x > 1).size() == 2")]
    [InlineData("(has(self.missing) ? 1 : 0) + (has(self.on) ? 1 : 0) <= 1")]
    [InlineData("self.name.matches('^A.c$') && self.name.startsWith('A') && size(self.name) == 3 && self.name in ['Abc']")]
    [InlineData("'replicas' in self")]
    // What Kubernetes adds.
    [InlineData("self.name.lowerAscii() == 'abc' && self.name.upperAscii() == 'ABC' && ' x '.trim() == 'x'")]
    [InlineData("'a,b'.split(',') == ['a', 'b'] && ['a', 'b'].join('-') == 'a-b' && 'aba'.replace('a', 'c') == 'cbc'")]
    [InlineData("'hello'.substring(1, 3) == 'el' && 'hello'.indexOf('l') == 2 && 'hello'.lastIndexOf('l') == 3 && 'hello'.charAt(0) == 'h'")]
    [InlineData("self.list.isSorted() && self.list.sum() == 6 && self.list.min() == 1 && self.list.max() == 3 && self.list.indexOf(2) == 1")]
    [InlineData("'abc 123'.find('[0-9]+') == '123' && 'a1b2'.findAll('[0-9]') == ['1', '2']")]
    public void Is_true(string text)
    {
        var expression = Library.Read(text);
        Assert.True(expression.IsUsable, expression.Problem ?? expression.Unavailable);
        Assert.True(expression.IsTrue(Variables()));
    }

    [Theory]
    [InlineData("self.missing == 'x'", "missing")]
    [InlineData("self.list[9] == 1", "range")]
    [InlineData("self.replicas / 0 == 1", "zero")]
    [InlineData("self.name", "neither true nor false")]
    [InlineData("self.list.all(x, x < later)", "neither true nor false")]
    [InlineData("self.replicas.sum() == 1", "not a list")]
    public void Has_no_value(string text, string why)
    {
        var error = Assert.Throws<EvaluationException>(() => Library.Read(text).IsTrue(Variables()));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("url('http://a').getHost() == 'a'", "function getHost, function url")]
    [InlineData("quantity('1Gi').isGreaterThan(quantity('1Mi'))", "function isGreaterThan, function quantity")]
    [InlineData("self.?missing.orValue('') == ''", "function orValue, optional values")]
    [InlineData("self[?'missing'].hasValue()", "function hasValue, optional values")]
    public void Uses_what_is_not_there(string text, string what)
    {
        var expression = Library.Read(text);
        Assert.False(expression.IsUsable);
        Assert.Equal(what, expression.Unavailable);
    }

    [Theory]
    [InlineData("1 +")]
    [InlineData("self.all(x")]
    [InlineData("")]
    public void Is_no_expression(string text) => Assert.NotNull(Library.Read(text).Problem);

    private static Dictionary<string, object?> Variables() => new() { ["self"] = ExpressionValue.Of(Schema, Self) };
}
