using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Resources.Tests.Reading;

public sealed class YamlScalarTests
{
    // What kubectl 1.32 makes of each.
    [Theory]
    [InlineData("y", "true")]
    [InlineData("N", "false")]
    [InlineData("Yes", "true")]
    [InlineData("off", "false")]
    [InlineData("TRUE", "true")]
    [InlineData("yEs", "\"yEs\"")]
    [InlineData("~", "null")]
    [InlineData("NULL", "null")]
    [InlineData("", "null")]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("+7", "7")]
    [InlineData("-7", "-7")]
    [InlineData("007", "7")]
    [InlineData("0777", "511")]
    [InlineData("08", "8")]
    [InlineData("0o17", "15")]
    [InlineData("0x1F", "31")]
    [InlineData("-0x1F", "-31")]
    [InlineData("0b101", "5")]
    [InlineData("1_000", "1000")]
    [InlineData("-1_0", "-10")]
    [InlineData("0_7", "7")]
    [InlineData("1e3", "1000")]
    [InlineData("0.1e1", "1")]
    [InlineData("1.5", "1.5")]
    [InlineData("1.5_0", "1.5")]
    [InlineData("1.", "1")]
    [InlineData("+.5", "0.5")]
    [InlineData("-.5", "-0.5")]
    [InlineData("12.0", "12")]
    [InlineData("9223372036854775807", "9223372036854775807")]
    [InlineData("-9223372036854775807", "-9223372036854775807")]
    [InlineData("2001-01-01", "\"2001-01-01\"")]
    [InlineData("12:30:45", "\"12:30:45\"")]
    [InlineData("0x", "\"0x\"")]
    [InlineData("1e", "\"1e\"")]
    [InlineData("--1", "\"--1\"")]
    [InlineData("=", "\"=\"")]
    [InlineData("1.2.3", "\"1.2.3\"")]
    [InlineData("10m", "\"10m\"")]
    [InlineData("'5'", "\"5\"")]
    [InlineData("\"yes\"", "\"yes\"")]
    [InlineData("!!str 5", "\"5\"")]
    [InlineData("!!int \"5\"", "5")]
    [InlineData("!!bool \"yes\"", "true")]
    [InlineData("!!float 5", "5")]
    [InlineData("\"\\u00e4\\ud83d\\ude00\\/\"", "\"ä😀/\"")]
    public void Reads_like_kubectl(string yaml, string json) =>
        Assert.Equal(JsonNode.Parse($"[{json}]")!.ToJsonString(), ResourceReader.ReadValue($"- {yaml}", "test")!.ToJsonString());

    [Fact]
    public void Nothing_after_a_colon_is_null() => Assert.Equal("""{"a":null}""", ResourceReader.ReadValue("a:\n", "test")!.ToJsonString());

    [Theory]
    [InlineData("1: x", """{"1":"x"}""")]
    [InlineData("0x10: x", """{"16":"x"}""")]
    [InlineData("1.5: x", """{"1.5":"x"}""")]
    [InlineData("y: x", """{"true":"x"}""")]
    [InlineData("'y': x", """{"y":"x"}""")]
    public void Keys_are_scalars_too(string yaml, string json) => Assert.Equal(json, ResourceReader.ReadValue(yaml, "test")!.ToJsonString());
}
