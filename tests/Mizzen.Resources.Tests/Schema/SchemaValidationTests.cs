using System.Text.Json.Nodes;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Networking;
using Mizzen.Resources.Schema;

namespace Mizzen.Resources.Tests.Schema;

public sealed class SchemaValidationTests
{
    private static readonly StructuralSchema Definition = StructuralSchema.Parse((JsonObject)JsonNode.Parse("""
        {"type":"object","required":["host"],"properties":{
          "host":{"type":"string","minLength":2,"maxLength":5,"pattern":"^[a-z]*$"},
          "weight":{"type":"integer","minimum":0,"maximum":100},
          "mode":{"type":"string","enum":["A","B"],"default":"A"},
          "port":{"x-kubernetes-int-or-string":true},
          "on":{"type":"boolean"},
          "part":{"type":"number"},
          "hosts":{"type":"array","minItems":1,"maxItems":2,"items":{"type":"string"}},
          "labels":{"type":"object","additionalProperties":{"type":"string"}},
          "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true},
          "inner":{"type":"object","required":["a"],"properties":{"a":{"type":"string"},"b":{"type":"string","default":"x"}}}}}
        """)!);

    [Theory]
    [InlineData("""{"host":"abc","weight":100,"mode":"B","port":"http","on":true,"part":0.5,"hosts":["a"],"labels":{"a":"b"},"free":{"any":[1]},"inner":{"a":""}}""", "")]
    [InlineData("""{"host":"abc","port":80}""", "")]
    [InlineData("""{"host":"abc","weight":null}""", "")]
    [InlineData("""{}""", "host: Required value")]
    [InlineData("""{"host":"abc","inner":{}}""", "inner.a: Required value")]
    [InlineData("""{"host":5}""", "host: Invalid value: \"integer\": host in body must be of type string: \"integer\"")]
    [InlineData("""{"host":"abc","weight":"7"}""", "weight: Invalid value: \"string\": weight in body must be of type integer: \"string\"")]
    [InlineData("""{"host":"abc","weight":7.5}""", "weight: Invalid value: \"number\": weight in body must be of type integer: \"number\"")]
    [InlineData("""{"host":"abc","weight":101}""", "weight: Invalid value: 101: weight in body should be less than or equal to 100")]
    [InlineData("""{"host":"abc","weight":-1}""", "weight: Invalid value: -1: weight in body should be greater than or equal to 0")]
    [InlineData("""{"host":"abc","mode":"C"}""", "mode: Unsupported value: \"C\": supported values: \"A\", \"B\"")]
    [InlineData("""{"host":"ABC"}""", "host: Invalid value: \"ABC\": host in body should match '^[a-z]*$'")]
    [InlineData("""{"host":"a"}""", "host: Invalid value: \"a\": host in body should be at least 2 chars long")]
    [InlineData("""{"host":"abcdef"}""", "host: Too long: may not be longer than 5")]
    [InlineData("""{"host":"abc","hosts":[]}""", "hosts: Invalid value: 0: hosts in body should have at least 1 items")]
    [InlineData("""{"host":"abc","hosts":["a","b","c"]}""", "hosts: Too many: 3: must have at most 2 items")]
    [InlineData("""{"host":"abc","hosts":["a",true]}""", "hosts[1]: Invalid value: \"boolean\": hosts[1] in body must be of type string: \"boolean\"")]
    [InlineData("""{"host":"abc","labels":{"a":1}}""", "labels.a: Invalid value: \"integer\": labels.a in body must be of type string: \"integer\"")]
    [InlineData("""{"host":"abc","port":0.5}""", "port: Invalid value: \"number\": port in body must be of type integer,string: \"number\"")]
    [InlineData("""{"host":"abc","on":"yes","part":{}}""", "on: Invalid value: \"string\": on in body must be of type boolean: \"string\"; part: Invalid value: \"object\": part in body must be of type number: \"object\"")]
    public void Says_what_is_wrong_with_its_path(string json, string expected) =>
        Assert.Equal(expected, string.Join("; ", SchemaValidation.Validate(Definition, JsonNode.Parse(json))));

    [Fact]
    public void Unknown_fields_are_told_with_their_path_and_pruned()
    {
        var json = JsonNode.Parse("""{"host":"abc","hst":1,"inner":{"a":"","zz":{}},"labels":{"any":"x"},"free":{"any":1}}""");
        Assert.Equal(["hst", "inner.zz"], SchemaValidation.UnknownFields(Definition, json));
        SchemaValidation.Prune(Definition, json);
        Assert.Equal("""{"host":"abc","inner":{"a":""},"labels":{"any":"x"},"free":{"any":1}}""", json!.ToJsonString());
    }

    [Fact]
    public void Unknown_fields_of_a_deployment() => Assert.Equal(
        ["spec.replicass", "spec.template.spec.containers[1].imagee"],
        SchemaValidation.UnknownFields(
            SchemaGenerator.For(typeof(Deployment)),
            JsonNode.Parse("""{"spec":{"replicass":1,"template":{"spec":{"containers":[{"name":"a"},{"imagee":"x"}]}}}}""")));

    [Fact]
    public void Defaults_fill_what_is_absent_inside_what_is_there()
    {
        var json = JsonNode.Parse("""{"host":"abc","inner":{"a":""}}""");
        SchemaValidation.ApplyDefaults(Definition, json);
        Assert.Equal("""{"host":"abc","inner":{"a":"","b":"x"},"mode":"A"}""", json!.ToJsonString());
    }

    [Theory]
    [InlineData(typeof(Deployment), """{"spec":{"replicas":"3"}}""", "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32")]
    [InlineData(typeof(Pod), """{"spec":{"containers":[{"name":"a"},{"name":"b","env":[{"name":"x","value":5}]}]}}""", "json: cannot unmarshal number 5 into Go struct field EnvVar.spec.containers.env.value of type string")]
    [InlineData(typeof(Pod), """{"metadata":{"labels":{"a":true}}}""", "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels.a of type string")]
    [InlineData(typeof(Pod), """{"spec":{"containers":{}}}""", "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container")]
    [InlineData(typeof(Service), """{"spec":[]}""", "json: cannot unmarshal array into Go struct field Service.spec of type v1.ServiceSpec")]
    [InlineData(typeof(Service), """{"spec":{"ports":[{"port":80,"targetPort":"http"}]}}""", null)]
    [InlineData(typeof(Pod), """{"spec":{"containers":[{"name":"a","resources":{"limits":{"cpu":0.5,"memory":"1Gi"}}}]}}""", null)]
    public void What_Kubernetes_cannot_read_it_says_in_Gos_words(Type kind, string json, string? expected) =>
        Assert.Equal(expected, DecodingError.Find(SchemaGenerator.For(kind), JsonNode.Parse(json)));

    [Fact]
    public void Enumerations_of_the_mesh_are_checked() => Assert.Equal(
        ["spec.servers[0].tls.mode: Unsupported value: \"SIMPEL\": supported values: \"PASSTHROUGH\", \"SIMPLE\", \"MUTUAL\", \"AUTO_PASSTHROUGH\", \"ISTIO_MUTUAL\", \"OPTIONAL_MUTUAL\""],
        SchemaValidation.Validate(SchemaGenerator.For(typeof(Gateway)), JsonNode.Parse("""{"spec":{"servers":[{"tls":{"mode":"SIMPEL"}}]}}""")).Select(error => error.ToString()));
}
