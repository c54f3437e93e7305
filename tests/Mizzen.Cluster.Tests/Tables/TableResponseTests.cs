using System.Text.Json.Nodes;
using Mizzen.Cluster.Tables;
using Mizzen.Cluster.Tests.Patching;
using Mizzen.Resources;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Tests.Tables;

public sealed class TableResponseTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly KindTable Table = KindTable.For(KindCatalog.Of<ConfigMap>());
    private static readonly JsonObject Object = (JsonObject)JsonNode.Parse("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","resourceVersion":"7"},"data":{"a":"1"}}""")!;

    [Fact]
    public void A_list_keeps_its_metadata()
    {
        var list = new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = "9", ["continue"] = "token", ["remainingItemCount"] = 3 },
            ["items"] = new JsonArray(Object.DeepClone()),
        };
        var table = TableResponse.OfList(Table, list, new TableOptions(Now));
        Assert.Equal(("Table", "meta.k8s.io/v1"), ((string?)table["kind"], (string?)table["apiVersion"]));
        Assert.Equal(JsonText.Of("""{"resourceVersion":"9","continue":"token","remainingItemCount":3}"""), JsonText.Of(table["metadata"]));
        Assert.Equal("""{"name":"Name","type":"string","format":"name","description":"","priority":0}""", table["columnDefinitions"]![0]!.ToJsonString());
        Assert.Equal("""["c",1,"<unknown>"]""", table["rows"]![0]!["cells"]!.ToJsonString().Replace("\\u003C", "<", StringComparison.Ordinal).Replace("\\u003E", ">", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(IncludeObject.Metadata, """{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1beta1","metadata":{"name":"c","resourceVersion":"7"}}""")]
    [InlineData(IncludeObject.Object, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","resourceVersion":"7"},"data":{"a":"1"}}""")]
    [InlineData(IncludeObject.None, "null")]
    public void Rows_carry_as_much_of_the_object_as_was_asked_for(IncludeObject include, string expected)
    {
        var table = TableResponse.OfObject(Table, Object, new TableOptions(Now, "v1beta1", include));
        Assert.Equal("meta.k8s.io/v1beta1", (string?)table["apiVersion"]);
        Assert.Equal("7", (string?)table["metadata"]!["resourceVersion"]);
        Assert.Equal(JsonText.Of(expected), JsonText.Of(table["rows"]![0]!["object"]));
    }

    [Fact]
    public void Only_the_first_event_of_a_watch_has_columns()
    {
        Assert.NotNull(TableResponse.OfEvent(Table, Object, new TableOptions(Now), isFirst: true)["columnDefinitions"]);
        Assert.Null(TableResponse.OfEvent(Table, Object, new TableOptions(Now), isFirst: false)["columnDefinitions"]);
    }
}
