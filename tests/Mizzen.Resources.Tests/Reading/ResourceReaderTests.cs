using Mizzen.Resources.Reading;

namespace Mizzen.Resources.Tests.Reading;

public sealed class ResourceReaderTests
{
    private const string TwoDocuments = """
        # a comment
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: one
          namespace: shop
        data:
          a: "1"
        ---
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: two}
        spec:
          hosts: [reviews]
          http:
          - route:
            - destination:
                host: reviews
              weight: 80
        """;

    [Fact]
    public void Several_documents_each_with_its_lines()
    {
        var result = ResourceReader.Read(TwoDocuments, "mesh.yaml");
        Assert.Empty(result.Problems);
        Assert.Equal(["ConfigMap shop/one", "VirtualService two"], result.Documents.Select(document => document.Key.ToString()));
        Assert.Equal(8, result.Documents[0].Lines.LineOf("data.a"));
        Assert.Equal(20, result.Documents[1].Lines.LineOf("spec.http[0].route[0].weight"));
        Assert.Equal(18, result.Documents[1].Lines.LineOf("spec.http[0].route[0].destination.subset"));
        Assert.Equal(14, result.Documents[1].Lines.LineOf("spec.nowhere"));
    }

    [Fact]
    public void Lists_are_taken_apart()
    {
        var result = ResourceReader.Read(
            """{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}},{"apiVersion":"v1","kind":"Secret","metadata":{"name":"b"}}]}""",
            "list.json");
        Assert.Equal(["Secret a", "Secret b"], result.Documents.Select(document => document.Key.ToString()));
    }

    [Fact]
    public void JSON_indented_with_tabs_is_read() =>
        Assert.Equal("""{"a":{"b":[1,2]}}""", ResourceReader.ReadValue("{\n\t\"a\": {\n\t\t\"b\": [\n\t\t\t1,\n\t\t\t2\n\t\t]\n\t}\n}", "test")!.ToJsonString());

    [Fact]
    public void Anchors_aliases_and_merge_keys()
    {
        var json = ResourceReader.ReadValue(
            """
            base: &b {x: 1, z: 2}
            alias: *b
            merged: {<<: *b, x: 5}
            several:
              <<: [*b, {x: 7, w: 3}]
              q: 1
            """,
            "test")!;
        Assert.Equal("""{"x":1,"z":2}""", json["alias"]!.ToJsonString());
        Assert.Equal("""{"x":5,"z":2}""", json["merged"]!.ToJsonString());
        Assert.Equal("""{"q":1,"x":1,"z":2,"w":3}""", json["several"]!.ToJsonString());
    }

    [Fact]
    public void Block_texts() => Assert.Equal(
        """{"folded":"a b\nc\n","literal":"a\n b\n","stripped":"a"}""",
        ResourceReader.ReadValue("folded: >\n  a\n  b\n\n  c\nliteral: |\n  a\n   b\nstripped: |-\n  a\n\n", "test")!.ToJsonString());

    [Theory]
    [InlineData("a: 1\nb: [1\n", "MZ0001", 3)]
    [InlineData("a:\n\tb: 1\n", "MZ0001", 2)]
    [InlineData("a: *nowhere\n", "MZ0001", 1)]
    [InlineData("a: b: c\n", "MZ0001", 1)]
    [InlineData("~: a\n", "MZ0001", 1)]
    [InlineData("<<: 5\n", "MZ0001", 1)]
    [InlineData("[a, b]: c\n", "MZ0001", 1)]
    [InlineData("- a\n- b\n", "MZ0002", 1)]
    [InlineData("kind: Pod\n", "MZ0002", 1)]
    [InlineData("apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  name: b\n", "MZ0003", 5)]
    public void Says_what_cannot_be_read_and_where(string yaml, string code, int line)
    {
        var problem = Assert.Single(ResourceReader.Read(yaml, "x.yaml").Problems);
        Assert.Equal((code, line), (problem.Code, problem.Line));
        Assert.StartsWith($"x.yaml:{line}: ", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_stands_twice_is_told_with_its_path_and_the_last_counts()
    {
        var result = ResourceReader.Read("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: '1', a: '2'}\n", "x.yaml");
        Assert.Equal("data.a", Assert.Single(result.Problems).Path);
        Assert.Equal("2", (string?)result.Documents[0].Node["data"]!["a"]);
    }

    [Fact]
    public void What_stands_before_a_broken_document_is_read()
    {
        var result = ResourceReader.Read("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n---\na: [\n", "x.yaml");
        Assert.Equal(("Secret a", 1), (Assert.Single(result.Documents).Key.ToString(), result.Problems.Count));
    }

    [Fact]
    public void Nesting_and_aliases_have_a_limit()
    {
        Assert.Contains("nested deeper than 200 levels", Assert.Throws<FormatException>(
            () => ResourceReader.ReadValue(new string('[', 300) + new string(']', 300), "test")).Message, StringComparison.Ordinal);
        var laughs = "a0: &a0 [x]\n" + string.Concat(Enumerable.Range(1, 30).Select(i => $"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n"));
        Assert.Contains("aliases stand for more than", Assert.Throws<FormatException>(
            () => ResourceReader.ReadValue(laughs, "test")).Message, StringComparison.Ordinal);
    }
}
