using Mizzen.Proxy.HealthChecks;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Tests.HealthChecks;

public sealed class HealthVerdictTests
{
    private static readonly HealthCheckModel Settings = new()
    {
        Question = new HealthQuestionModel.Tcp([], []),
        Counters = new HealthCounters("verdicts"),
        UnhealthyThreshold = 3,
        HealthyThreshold = 2,
    };

    // P passed, F failed, R refused, U unreachable; then what is thought after each: + healthy, - not.
    [Theory]
    [InlineData("P", "+")]
    [InlineData("F", "-")]
    [InlineData("FP", "--")]
    [InlineData("FPP", "--+")]
    [InlineData("FPFPP", "----+")]
    [InlineData("PFF", "+++")]
    [InlineData("PFFF", "+++-")]
    [InlineData("PFFPFF", "++++++")]
    [InlineData("PUFU", "+++-")]
    [InlineData("PR", "+-")]
    [InlineData("PRPP", "+--+")]
    public void Thresholds_count_outcomes_in_a_row(string outcomes, string expected)
    {
        var verdict = new HealthVerdict();
        var thoughts = outcomes.Select(letter =>
        {
            _ = verdict.Take(Outcome(letter), Settings);
            return verdict.IsHealthy ? '+' : '-';
        });

        Assert.Equal(expected, string.Concat(thoughts));
    }

    [Theory]
    [InlineData("pong", true, "pong")]
    [InlineData("a pong b", true, "pong")]
    [InlineData("one two", true, "one", "two")]
    [InlineData("two one", false, "one", "two")]
    [InlineData("po", false, "pong")]
    [InlineData("aXa", false, "aX", "Xa")]
    public void Blocks_are_found_in_their_order(string bytes, bool expected, params string[] blocks) =>
        Assert.Equal(expected, TcpProbe.Holds(System.Text.Encoding.ASCII.GetBytes(bytes), [.. blocks.Select(System.Text.Encoding.ASCII.GetBytes)]));

    [Theory]
    [InlineData("00000000020801", true)]
    [InlineData("00000000020802", false)]
    [InlineData("0000000000", false)]
    [InlineData("01000000020801", false)]
    [InlineData("00000000030801", false)]
    [InlineData("000000000208", false)]
    [InlineData("00000000010a", false)]
    [InlineData("0000000005120141" + "0801", true)]
    [InlineData("", false)]
    public void A_message_of_gRPCs_health_protocol(string hexadecimal, bool expected) =>
        Assert.Equal(expected, GrpcProbe.IsServing(Convert.FromHexString(hexadecimal)));

    private static ProbeOutcome Outcome(char letter) => letter switch
    {
        'P' => ProbeOutcome.Passed,
        'F' => ProbeOutcome.Failed,
        'R' => ProbeOutcome.Refused,
        _ => ProbeOutcome.Unreachable,
    };
}
