using Mizzen.Cluster.Tables;

namespace Mizzen.Cluster.Tests.Tables;

public sealed class DurationTests
{
    [Theory]
    [InlineData(-10, "<invalid>")]
    [InlineData(-1, "0s")]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(200, "3m20s")]
    [InlineData(10 * Minute, "10m")]
    [InlineData((179 * Minute) + 59, "179m")]
    [InlineData(3 * Hour, "3h")]
    [InlineData((7 * Hour) + (59 * Minute), "7h59m")]
    [InlineData((8 * Hour) + (59 * Minute), "8h")]
    [InlineData(47 * Hour, "47h")]
    [InlineData(48 * Hour, "2d")]
    [InlineData(50 * Hour, "2d2h")]
    [InlineData(8 * Day, "8d")]
    [InlineData(729 * Day, "729d")]
    [InlineData(730 * Day, "2y")]
    [InlineData(800 * Day, "2y70d")]
    [InlineData(8 * 365 * Day, "8y")]
    public void Text(long seconds, string expected) => Assert.Equal(expected, Duration.Text(TimeSpan.FromSeconds(seconds)));

    private const long Minute = 60;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;
}
