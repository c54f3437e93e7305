using System.Text.Json.Nodes;
using Mizzen.Cluster.Patching;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Tests.Patching;

public sealed class ServerSideApplyTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly StructuralSchema ConfigMaps = SchemaGenerator.For(typeof(ConfigMap));
    private static readonly StructuralSchema Deployments = SchemaGenerator.For(typeof(Deployment));

    [Fact]
    public void The_first_apply_owns_what_it_says()
    {
        var made = Apply(null, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","labels":{"app":"x"}},"data":{"a":"1"}}""", "m1");
        Assert.Equal(
            """[{"apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{}},"f:metadata":{"f:labels":{"f:app":{}}}},"manager":"m1","operation":"Apply","time":"2026-01-02T03:04:05Z"}]""",
            made["metadata"]!["managedFields"]!.ToJsonString());
    }

    [Fact]
    public void What_is_no_longer_applied_goes_and_what_others_applied_stays()
    {
        var live = Apply(null, ConfigMap("""{"a":"1","b":"2"}"""), "m1");
        live = Apply(live, ConfigMap("""{"c":"3"}"""), "m2");
        Assert.Equal("""{"a":"1","b":"2","c":"3"}""", live["data"]!.ToJsonString());

        live = Apply(live, ConfigMap("""{"a":"1"}"""), "m1");
        Assert.Equal("""{"a":"1","c":"3"}""", live["data"]!.ToJsonString());
    }

    [Fact]
    public void A_field_that_two_managers_apply_goes_when_the_second_lets_go()
    {
        var live = Apply(null, ConfigMap("""{"a":"1"}"""), "m1");
        live = Apply(live, ConfigMap("""{"a":"1"}"""), "m2");
        live = Apply(live, ConfigMap("""{}"""), "m1");
        Assert.Equal("""{"a":"1"}""", live["data"]!.ToJsonString());

        live = Apply(live, ConfigMap("""{}"""), "m2");
        Assert.True(live["data"] is null or JsonObject { Count: 0 }, live.ToJsonString());
    }

    [Fact]
    public void Another_value_for_the_field_of_another_is_a_conflict()
    {
        var live = Apply(null, ConfigMap("""{"x":"1"}"""), "m1");
        var result = ServerSideApply.Apply(live, Json(ConfigMap("""{"x":"2"}""")), Context("m2"));
        Assert.Null(result.Object);
        Assert.Equal("""Apply failed with 1 conflict: conflict with "m1": .data.x""", result.ConflictMessage);
        Assert.Equal((".data.x", "conflict with \"m1\""), (result.Conflicts[0].Field, result.Conflicts[0].Message));
    }

    [Fact]
    public void Several_conflicts_are_listed_by_manager()
    {
        var live = Apply(null, ConfigMap("""{"x":"1","y":"1"}"""), "m1");
        live = Apply(live, ConfigMap("""{"z":"1"}"""), "m2");
        var result = ServerSideApply.Apply(live, Json(ConfigMap("""{"x":"2","y":"2","z":"2"}""")), Context("m3"));
        Assert.Equal(
            "Apply failed with 3 conflicts: conflicts with \"m1\":\n- .data.x\n- .data.y\nconflicts with \"m2\":\n- .data.z",
            result.ConflictMessage);
    }

    [Fact]
    public void Force_takes_the_field_over()
    {
        var live = Apply(null, ConfigMap("""{"x":"1"}"""), "m1");
        live = ServerSideApply.Apply(live, Json(ConfigMap("""{"x":"2"}""")), Context("m2", force: true)).Object!;
        Assert.Equal("2", (string?)live["data"]!["x"]);
        Assert.Equal(["m2"], Managers(live));
    }

    [Fact]
    public void A_conflict_with_an_ordinary_writer_names_its_version()
    {
        var deployment = Json(Deployment(replicas: 3));
        ManagedFields.Update(null, deployment, new WriteContext("kubectl-client-side-apply", Deployments, "apps/v1", Now));
        var result = ServerSideApply.Apply(deployment, Json(Deployment(replicas: 5)), Context("mine", Deployments, "apps/v1"));
        Assert.Equal("""Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas""", result.ConflictMessage);
    }

    [Fact]
    public void Containers_are_owned_one_by_one()
    {
        var live = Apply(null, Deployment(1), "m1", Deployments, "apps/v1");
        live = Apply(live, Deployment(null, """{"name":"proxy","image":"p:1"}"""), "m2", Deployments, "apps/v1");
        Assert.Equal(["app", "proxy"], Containers(live));
        var second = live["metadata"]!["managedFields"]!.AsArray().Single(entry => (string?)entry!["manager"] == "m2")!;
        Assert.Equal(
            """{"k:{\"name\":\"proxy\"}":{".":{},"f:image":{},"f:name":{}}}""",
            second["fieldsV1"]!["f:spec"]!["f:template"]!["f:spec"]!["f:containers"]!.ToJsonString().Replace("\\u0022", "\\\"", StringComparison.Ordinal));

        live = Apply(live, Deployment(null, ""), "m2", Deployments, "apps/v1");
        Assert.Equal(["app"], Containers(live));
    }

    [Fact]
    public void A_port_without_protocol_has_the_default_one_as_key()
    {
        var live = Apply(
            null,
            """{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"ports":[{"port":80}]}}""",
            "m1",
            SchemaGenerator.For(typeof(Service)));
        var ports = live["metadata"]!["managedFields"]![0]!["fieldsV1"]!["f:spec"]!["f:ports"]!.AsObject();
        Assert.Equal("""k:{"port":80,"protocol":"TCP"}""", Assert.Single(ports).Key);
    }

    [Fact]
    public void An_item_without_its_keys_is_refused()
    {
        var service = Json("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"s"},"spec":{"containers":[{"image":"x"}]}}""");
        var error = Assert.Throws<PatchException>(() => ServerSideApply.Apply(null, service, Context("m", SchemaGenerator.For(typeof(Pod)))));
        Assert.Equal(
            (400, "associative list with keys has an element that omits key field \"name\" (and doesn't have default value)"),
            (error.Code, error.Message));
    }

    [Fact]
    public void Finalizers_are_owned_value_by_value()
    {
        var live = Apply(null, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","finalizers":["a/1"]}}""", "m1");
        live = Apply(live, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","finalizers":["b/2"]}}""", "m2");
        Assert.Equal("""["a/1","b/2"]""", live["metadata"]!["finalizers"]!.ToJsonString());
        live = Apply(live, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}""", "m1");
        Assert.Equal("""["b/2"]""", live["metadata"]!["finalizers"]!.ToJsonString());
    }

    [Fact]
    public void A_selector_is_owned_as_a_whole()
    {
        var live = Apply(null, Deployment(1), "m1", Deployments, "apps/v1");
        var fields = live["metadata"]!["managedFields"]![0]!["fieldsV1"]!;
        Assert.Equal("{}", fields["f:spec"]!["f:selector"]!.ToJsonString());
    }

    [Fact]
    public void What_the_server_filled_in_survives_an_apply_that_does_not_say_it()
    {
        var live = Apply(null, Deployment(2), "m1", Deployments, "apps/v1");
        live["spec"]!["revisionHistoryLimit"] = 10;
        live["spec"]!["template"]!["spec"]!["restartPolicy"] = "Always";
        live = Apply(live, Deployment(null), "m1", Deployments, "apps/v1");
        Assert.Null(live["spec"]!["replicas"]);
        Assert.Equal(10, (int)live["spec"]!["revisionHistoryLimit"]!);
        Assert.Equal("Always", (string?)live["spec"]!["template"]!["spec"]!["restartPolicy"]);
    }

    [Fact]
    public void Applying_the_same_again_changes_nothing_not_even_the_time()
    {
        var live = Apply(null, Deployment(2), "m1", Deployments, "apps/v1");
        var later = new ApplyContext("m1", Force: false, Deployments, "apps/v1", Now.AddHours(1));
        Assert.Equal(live.ToJsonString(), ServerSideApply.Apply(live, Json(Deployment(2)), later).Object!.ToJsonString());
    }

    [Fact]
    public void An_object_from_before_ownership_belongs_to_before_first_apply()
    {
        var live = Json(ConfigMap("""{"x":"1","y":"1"}"""));
        var result = ServerSideApply.Apply(live, Json(ConfigMap("""{"x":"2"}""")), Context("m1"));
        Assert.Equal("""Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.x""", result.ConflictMessage);
    }

    [Fact]
    public void Kubectl_goes_on_where_its_client_side_apply_ended()
    {
        var live = Json(ConfigMap("""{"x":"1"}"""));
        live["metadata"]!["annotations"] = new JsonObject { ["kubectl.kubernetes.io/last-applied-configuration"] = ConfigMap("""{"x":"1"}""") };
        ManagedFields.Update(null, live, new WriteContext("kubectl-client-side-apply", ConfigMaps, "v1", Now));
        Assert.Equal("2", (string?)Apply(live, ConfigMap("""{"x":"2"}"""), "kubectl")["data"]!["x"]);
        Assert.NotEmpty(ServerSideApply.Apply(live, Json(ConfigMap("""{"x":"2"}""")), Context("other")).Conflicts);

        live["data"]!["x"] = "changed by somebody";
        Assert.NotEmpty(ServerSideApply.Apply(live, Json(ConfigMap("""{"x":"2"}""")), Context("kubectl")).Conflicts);
    }

    [Fact]
    public void The_status_is_not_applied_with_the_object()
    {
        var applied = Json(Deployment(1));
        applied["status"] = new JsonObject { ["replicas"] = 5 };
        var made = ServerSideApply.Apply(null, applied, Context("m1", Deployments, "apps/v1") with { ResetFields = ["status"] }).Object!;
        Assert.Null(made["status"]);
        Assert.Null(made["metadata"]!["managedFields"]![0]!["fieldsV1"]!["f:status"]);
    }

    [Fact]
    public void Managed_fields_cannot_be_applied()
    {
        var applied = Json("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","managedFields":[{"manager":"x"}]}}""");
        var error = Assert.Throws<PatchException>(() => ServerSideApply.Apply(null, applied, Context("m1")));
        Assert.Equal((400, "metadata.managedFields must be nil"), (error.Code, error.Message));
    }

    [Fact]
    public void A_custom_resource_without_list_types_owns_lists_whole()
    {
        var schema = StructuralSchema.Parse(Json("""{"type":"object","properties":{"spec":{"type":"object","properties":{"hosts":{"type":"array","items":{"type":"string"}}}}}}"""));
        var live = Apply(null, """{"apiVersion":"x/v1","kind":"X","metadata":{"name":"a"},"spec":{"hosts":["a"]}}""", "m1", schema, "x/v1");
        var result = ServerSideApply.Apply(
            live, Json("""{"apiVersion":"x/v1","kind":"X","metadata":{"name":"a"},"spec":{"hosts":["a","b"]}}"""), Context("m2", schema, "x/v1"));
        Assert.Equal("""Apply failed with 1 conflict: conflict with "m1": .spec.hosts""", result.ConflictMessage);
    }

    private static JsonObject Apply(JsonObject? live, string applied, string manager, StructuralSchema? schema = null, string apiVersion = "v1")
    {
        var result = ServerSideApply.Apply(live, Json(applied), Context(manager, schema, apiVersion));
        return result.Object ?? throw new InvalidOperationException(result.ConflictMessage);
    }

    private static ApplyContext Context(string manager, StructuralSchema? schema = null, string apiVersion = "v1", bool force = false) =>
        new(manager, force, schema ?? ConfigMaps, apiVersion, Now);

    private static string ConfigMap(string data) => $$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{{data}}}""";

    private static string Deployment(int? replicas, string container = """{"name":"app","image":"a:1"}""") => $$$"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{
          {{{(replicas is null ? "" : $"\"replicas\":{replicas},")}}}
          "selector":{"matchLabels":{"app":"d"}},
          "template":{"metadata":{"labels":{"app":"d"}},"spec":{"containers":[ {{{container}}} ] } } } }
        """;

    private static IEnumerable<string?> Containers(JsonObject deployment) =>
        deployment["spec"]!["template"]!["spec"]!["containers"]!.AsArray().Select(container => (string?)container!["name"]);

    private static IEnumerable<string?> Managers(JsonObject json) =>
        json["metadata"]!["managedFields"]!.AsArray().Select(entry => (string?)entry!["manager"]);

    private static JsonObject Json(string text) => (JsonObject)JsonNode.Parse(text)!;
}
