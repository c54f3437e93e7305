using Mizzen.Proxy.Commands;

namespace Mizzen.Proxy.Tests.Commands;

public sealed class FlagsTests
{
    private static readonly Flag[] Known = [new("port", "a port", 'p'), new("empty", "may be empty"), new("on", "a switch", IsSwitch: true)];

    [Theory]
    [InlineData("--port 1", "1")]
    [InlineData("--port=1", "1")]
    [InlineData("-p 1", "1")]
    [InlineData("-p=1", "1")]
    [InlineData("-p 1 -p 2", "2")]
    [InlineData("", null)]
    public void Values(string line, string? expected) => Assert.Equal(expected, Parse(line)["port"]);

    [Fact]
    public void Switches_stand_alone_and_values_may_be_empty()
    {
        var flags = new Flags("c", Known).Parse(["--on", "--empty", "", "rest"]);
        Assert.True(flags.Has("on"));
        Assert.Equal("", flags["empty"]);
        Assert.Equal(["rest"], flags.Rest);
        Assert.False(Parse("--on=false").Has("on"));
    }

    [Theory]
    [InlineData("--prot 1", "c has no flag --prot: see  mizzen-proxy c --help")]
    [InlineData("-x", "c has no flag -x")]
    [InlineData("--port", "--port needs a value: a port")]
    public void What_is_unknown_is_refused_by_name(string line, string message) =>
        Assert.Contains(message, Assert.Throws<UsageException>(() => Parse(line)).Message, StringComparison.Ordinal);

    private static Flags Parse(string line) => new Flags("c", Known).Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
