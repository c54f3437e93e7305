using System.Text;
using Mizzen.Proxy.Filters.Compression;

namespace Mizzen.Proxy.Tests.Filters;

public sealed class AcceptedCodingsTests
{
    [Theory]
    [InlineData("gzip", true)]
    [InlineData("deflate, GZIP", true)]
    [InlineData("gzip;q=0", false)]
    [InlineData("gzip;q=0.001", true)]
    [InlineData("*", true)]
    [InlineData("*;q=0", false)]
    [InlineData("gzip;q=0, *", false)]
    [InlineData("br, deflate", false)]
    [InlineData("", false)]
    public void Gzip_is_taken(string field, bool expected) =>
        Assert.Equal(expected, AcceptedCodings.Includes(Encoding.ASCII.GetBytes(field), "gzip"u8));
}
