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
}
