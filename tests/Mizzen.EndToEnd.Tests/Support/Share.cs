namespace Mizzen.EndToEnd.Tests.Support;

/// <summary>Whether a measured share is what was asked for, as far as chance allows (normal approximation of the binomial distribution).</summary>
internal static class Share
{
    private const double NinetyNinePercent = 2.576;

    /// <summary>
    /// Takes a sample, and a second, independent one if the first misses the 99 % bound: a true share fails both once in ten thousand runs.
    /// </summary>
    public static async Task IsAsync(double expected, int count, Func<Task<int>> hits)
    {
        var bound = NinetyNinePercent * Math.Sqrt(expected * (1 - expected) / count);
        var first = (double)await hits() / count;
        if (Math.Abs(first - expected) > bound)
        {
            var second = (double)await hits() / count;
            Assert.True(
                Math.Abs(second - expected) <= bound,
                FormattableString.Invariant($"{first:P1} and {second:P1} of {count}, asked for {expected:P1} ± {bound:P1}"));
        }
    }
}
