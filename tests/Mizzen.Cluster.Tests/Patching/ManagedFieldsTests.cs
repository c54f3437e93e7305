using System.Text.Json.Nodes;
using CsCheck;
using Mizzen.Cluster.Patching;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Tests.Patching;

public sealed class ManagedFieldsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly StructuralSchema ConfigMaps = SchemaGenerator.For(typeof(ConfigMap));
    private static readonly StructuralSchema Deployments = SchemaGenerator.For(typeof(Deployment));

    [Fact]
    public void What_create_deployment_owns_on_a_real_server()
    {
        var deployment = Json("""
            {"apiVersion":"apps/v1","kind":"Deployment",
             "metadata":{"name":"web","namespace":"default","uid":"u","resourceVersion":"1","generation":1,"creationTimestamp":"2026-01-02T03:04:05Z","labels":{"app":"web"}},
             "spec":{"progressDeadlineSeconds":600,"replicas":1,"revisionHistoryLimit":10,"selector":{"matchLabels":{"app":"web"}},
               "strategy":{"rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"},"type":"RollingUpdate"},
               "template":{"metadata":{"labels":{"app":"web"}},"spec":{
                 "containers":[{"image":"nginx","imagePullPolicy":"Always","name":"nginx","resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}],
                 "dnsPolicy":"ClusterFirst","restartPolicy":"Always","schedulerName":"default-scheduler","securityContext":{},"terminationGracePeriodSeconds":30}}},
             "status":{}}
            """);
        ManagedFields.Update(null, deployment, new WriteContext("kubectl-create", Deployments, "apps/v1", Now));
        var expected = Json("""
            {"f:metadata":{"f:labels":{".":{},"f:app":{}}},
             "f:spec":{"f:progressDeadlineSeconds":{},"f:replicas":{},"f:revisionHistoryLimit":{},"f:selector":{},
               "f:strategy":{"f:rollingUpdate":{".":{},"f:maxSurge":{},"f:maxUnavailable":{}},"f:type":{}},
               "f:template":{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{
                 "f:containers":{"k:{\"name\":\"nginx\"}":{".":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"f:resources":{},"f:terminationMessagePath":{},"f:terminationMessagePolicy":{}}},
                 "f:dnsPolicy":{},"f:restartPolicy":{},"f:schedulerName":{},"f:securityContext":{},"f:terminationGracePeriodSeconds":{}}}}}
            """);
        Assert.Equal(JsonText.Of(expected), JsonText.Of(Entry(deployment, "kubectl-create")["fieldsV1"]));
    }

    [Fact]
    public void A_custom_resource_owns_its_spec_as_such()
    {
        var schema = StructuralSchema.Parse(Json("""{"type":"object","properties":{"spec":{"type":"object","properties":{"host":{"type":"string"}}}}}"""));
        var rule = Json("""{"apiVersion":"networking.istio.io/v1","kind":"DestinationRule","metadata":{"name":"d"},"spec":{"host":"x"}}""");
        ManagedFields.Update(null, rule, new WriteContext("kubectl-create", schema, "networking.istio.io/v1", Now));
        Assert.Equal("""{"f:spec":{".":{},"f:host":{}}}""", Entry(rule, "kubectl-create")["fieldsV1"]!.ToJsonString());
    }

    [Fact]
    public void Who_changes_a_field_owns_it_alone()
    {
        var before = Created("""{"a":"1","b":"2"}""", "one");
        var after = Changed(before, """{"a":"1","b":"3"}""", "two");
        Assert.Equal("""{"f:data":{".":{},"f:a":{}}}""", Entry(after, "one")["fieldsV1"]!.ToJsonString());
        Assert.Equal("""{"f:data":{"f:b":{}}}""", Entry(after, "two")["fieldsV1"]!.ToJsonString());
    }

    [Fact]
    public void Who_removes_a_field_takes_it_from_its_owners_and_owns_nothing()
    {
        var after = Changed(Created("""{"a":"1","b":"2"}""", "one"), """{"a":"1"}""", "two");
        Assert.Equal("""{"f:data":{".":{},"f:a":{}}}""", Entry(after, "one")["fieldsV1"]!.ToJsonString());
        Assert.Single(after["metadata"]!["managedFields"]!.AsArray());
    }

    [Fact]
    public void A_write_that_changes_nothing_leaves_the_entries_as_they_are()
    {
        var before = Created("""{"a":"1"}""", "one");
        var after = (JsonObject)before.DeepClone();
        ((JsonObject)after["metadata"]!).Remove("managedFields");
        ManagedFields.Update(before, after, new WriteContext("two", ConfigMaps, "v1", Now.AddHours(1)));
        Assert.Equal(before.ToJsonString(), after.ToJsonString());
    }

    [Fact]
    public void The_status_is_owned_by_who_writes_the_status()
    {
        var before = Json("""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":1}}""");
        ManagedFields.Update(null, before, new WriteContext("one", Deployments, "apps/v1", Now) { ResetFields = ["status"] });
        var after = (JsonObject)before.DeepClone();
        after["status"] = new JsonObject { ["replicas"] = 1 };
        ManagedFields.Update(before, after, new WriteContext("controller", Deployments, "apps/v1", Now, "status") { ResetFields = ["spec"] });
        var entry = Entry(after, "controller");
        Assert.Equal(("status", """{"f:status":{"f:replicas":{}}}"""), ((string?)entry["subresource"], entry["fieldsV1"]!["f:status"] is { } ? OnlyReplicas(entry) : ""));
    }

    [Fact]
    public void A_client_may_reset_the_entries()
    {
        var before = Created("""{"a":"1"}""", "one");
        var after = (JsonObject)before.DeepClone();
        after["metadata"]!["managedFields"] = new JsonArray(new JsonObject());
        ManagedFields.Update(before, after, new WriteContext("two", ConfigMaps, "v1", Now));
        Assert.Null(after["metadata"]!["managedFields"]);
    }

    [Fact]
    public void The_eleventh_writer_makes_the_oldest_ancient()
    {
        var json = Created("""{"k":"0"}""", "writer-00");
        for (var i = 1; i <= 11; i++)
        {
            var data = (JsonObject)json["data"]!.DeepClone();
            data[$"k{i}"] = "x";
            json = Changed(json, data.ToJsonString(), $"writer-{i:00}", Now.AddMinutes(i));
        }

        var managers = json["metadata"]!["managedFields"]!.AsArray().Select(entry => (string?)entry!["manager"]).ToList();
        Assert.Contains("ancient-changes", managers);
        Assert.Equal(11, managers.Count);
    }

    [Fact]
    public void Every_changed_field_has_exactly_one_owner() => Gen.Select(Data, Data, Data).Sample((first, second, third) =>
    {
        var json = Changed(Changed(Created(first.ToJsonString(), "one"), second.ToJsonString(), "two"), third.ToJsonString(), "three");
        var owned = json["metadata"]!["managedFields"]?.AsArray()
            .SelectMany(entry => entry!["fieldsV1"]!["f:data"] as JsonObject ?? [])
            .Select(field => field.Key)
            .Where(field => field != ".")
            .ToList() ?? [];
        return owned.Distinct().Count() == owned.Count && owned.Order().SequenceEqual(((JsonObject)json["data"]!).Select(field => "f:" + field.Key).Order());
    });

    [Fact]
    public void Field_sets_survive_their_JSON() => RandomJson.Object.Sample(json =>
    {
        var set = FieldSetOf.Value(StructuralSchema.FreeForm, json);
        return FieldSet.Parse(set.ToJson()).SetEquals(set);
    });

    [Fact]
    public void Field_sets_follow_the_laws_of_sets() => Gen.Select(RandomJson.Object, RandomJson.Object).Sample((left, right) =>
    {
        var (a, b) = (FieldSetOf.Value(StructuralSchema.FreeForm, left), FieldSetOf.Value(StructuralSchema.FreeForm, right));
        return a.Union(b).SetEquals(b.Union(a))
            && a.Intersection(b).SetEquals(b.Intersection(a))
            && a.Difference(b).Union(a.Intersection(b)).SetEquals(a)
            && a.Difference(b).Intersection(b).IsEmpty;
    });

    private static Gen<JsonObject> Data { get; } = Gen.Select(RandomJson.OneOf("a", "b", "c", "d"), RandomJson.OneOf("1", "2")).Array[1, 4].Select(fields =>
    {
        var json = new JsonObject();
        foreach (var (name, value) in fields)
        {
            json[name] = value;
        }

        return json;
    });

    private static string OnlyReplicas(JsonObject entry) =>
        new JsonObject { ["f:status"] = new JsonObject { ["f:replicas"] = entry["fieldsV1"]!["f:status"]!["f:replicas"]!.DeepClone() } }.ToJsonString();

    private static JsonObject Created(string data, string manager)
    {
        var json = ConfigMap(data);
        ManagedFields.Update(null, json, new WriteContext(manager, ConfigMaps, "v1", Now));
        return json;
    }

    private static JsonObject Changed(JsonObject before, string data, string manager, DateTimeOffset? now = null)
    {
        var after = ConfigMap(data);
        ManagedFields.Update(before, after, new WriteContext(manager, ConfigMaps, "v1", now ?? Now));
        return after;
    }

    private static JsonObject Entry(JsonObject json, string manager) =>
        (JsonObject)json["metadata"]!["managedFields"]!.AsArray().Single(entry => (string?)entry!["manager"] == manager)!;

    private static JsonObject ConfigMap(string data) => Json($$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{{data}}}""");

    private static JsonObject Json(string text) => (JsonObject)JsonNode.Parse(text)!;
}
