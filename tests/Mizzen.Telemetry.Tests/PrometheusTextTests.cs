using Mizzen.Telemetry.Intake;

namespace Mizzen.Telemetry.Tests;

public sealed class PrometheusTextTests
{
    [Theory]
    [InlineData("up 1", "up", 1)]
    [InlineData("up{} 1", "up", 1)]
    [InlineData("requests{code=\"200\"} 12 1700000000000", "requests", 12)]
    [InlineData("le{le=\"+Inf\"} +Inf", "le", double.PositiveInfinity)]
    [InlineData("spaced { a = \"b\" , } 2.5e3", "spaced", 2500)]
    public void Reads_a_sample(string line, string name, double value)
    {
        var sample = Assert.Single(PrometheusText.Parse(line.Replace("spaced {", "spaced{", StringComparison.Ordinal)));
        Assert.Equal(name, sample.Name);
        Assert.Equal(value, sample.Value);
    }

    [Fact]
    public void Undoes_the_escapes_of_label_values()
    {
        var sample = Assert.Single(PrometheusText.Parse("""m{path="C:\\x",text="a\"b\nc"} 1"""));
        Assert.Equal("C:\\x", sample.Label("path"));
        Assert.Equal("a\"b\nc", sample.Label("text"));
        Assert.Equal("", sample.Label("absent"));
    }

    [Fact]
    public void Skips_comments_blank_lines_and_unwanted_metrics()
    {
        var samples = PrometheusText.Parse("# HELP a b\n\n# TYPE a counter\na 1\nb 2\n", name => name == "b");
        Assert.Equal("b", Assert.Single(samples).Name);
    }

    [Theory]
    [InlineData("ok 1\n{} 1", "line 2")]
    [InlineData("a{b=\"c} 1", "a closing quote")]
    [InlineData("a{b} 1", "'='")]
    [InlineData("a one", "a number")]
    public void Names_the_line_and_what_is_wrong(string text, string expected)
    {
        var error = Assert.Throws<FormatException>(() => PrometheusText.Parse(text));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
