using Mizzen.Proxy.Exchanges;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Tests.Exchanges;

/// <summary>What counts as a reason to try again when there was no answer.</summary>
public sealed class RetryDecisionTests
{
    [Theory]
    [InlineData(RetryOn.ServerError, UpstreamFault.ConnectFailed, false, true)]
    [InlineData(RetryOn.ServerError, UpstreamFault.Reset, true, true)]
    [InlineData(RetryOn.GatewayError, UpstreamFault.ConnectTimeout, false, true)]
    [InlineData(RetryOn.Reset, UpstreamFault.Reset, true, true)]
    [InlineData(RetryOn.Reset, UpstreamFault.Protocol, true, true)]
    [InlineData(RetryOn.ResetBeforeRequest, UpstreamFault.Reset, true, false)]
    [InlineData(RetryOn.ResetBeforeRequest, UpstreamFault.ConnectFailed, false, true)]
    [InlineData(RetryOn.ConnectFailure, UpstreamFault.ConnectFailed, false, true)]
    [InlineData(RetryOn.ConnectFailure, UpstreamFault.ConnectTimeout, false, true)]
    [InlineData(RetryOn.ConnectFailure, UpstreamFault.Reset, true, false)]
    [InlineData(RetryOn.ServerError, UpstreamFault.Overflow, false, false)]
    [InlineData(RetryOn.RetriableStatusCodes, UpstreamFault.Reset, true, false)]
    [InlineData(RetryOn.None, UpstreamFault.ConnectFailed, false, false)]
    public void A_failed_attempt_is_covered_by_what_the_policy_names(int on, int fault, bool sent, bool expected) =>
        Assert.Equal(expected, RetryDecision.Covers(new RetryModel { On = (RetryOn)on }, (UpstreamFault)fault, sent));

    [Theory]
    [InlineData(1, 25)]
    [InlineData(2, 50)]
    [InlineData(4, 200)]
    [InlineData(5, 250)]
    [InlineData(1000, 250)]
    public void The_pause_doubles_up_to_its_bound(int retry, long expected) =>
        Assert.Equal(expected, RetryDecision.BackOffBound(new RetryModel(), retry));

    // Seconds since 1970 are 1000 at the time of the answer.
    [Theory]
    [InlineData("retry-after: 2", 2_000)]
    [InlineData("retry-after: 301", 0)]
    [InlineData("retry-after: 0", 0)]
    [InlineData("retry-after: soon", 0)]
    [InlineData("x-reset: 1007", 7_000)]
    [InlineData("x-reset: 999", 0)]
    [InlineData("retry-after: 999\r\nx-reset: 1005", 5_000)]
    [InlineData("x-other: 3", 0)]
    public void An_endpoint_says_when_to_come_again(string fields, long expected)
    {
        var policy = new RetryModel { ResetFields = [new RetryResetField("retry-after"u8.ToArray(), false), new RetryResetField("x-reset"u8.ToArray(), true)] };
        var head = new ResponseHead();
        var scanned = 0;
        var text = System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 429 Slow Down\r\n{fields}\r\ncontent-length: 0\r\n\r\n");
        Assert.Equal(HeadError.None, head.Read(new Mizzen.Proxy.Loop.BufferPool(), text, toHead: false, ref scanned, out _));

        Assert.Equal(expected, RetryDecision.PauseWished(policy, head, unixSeconds: 1000));
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(10, 3)]
    [InlineData(100, 20)]
    public void A_budget_allows_a_part_of_the_requests_and_a_few_always(int requests, uint expected) =>
        Assert.Equal(expected, (CircuitLimits.None with { Budget = new RetryBudget(20, 3) }).RetriesFor(requests));
}
