using Mizzen.Resources.Reading;

namespace Mizzen.Resources.Tests.Reading;

public sealed class NearNamesTests
{
    [Theory]
    [InlineData("fronted", "frontend,backend", "; did you mean frontend?")]
    [InlineData("web", "web-6b7f-x8c2k,db", "; did you mean web-6b7f-x8c2k?")]
    [InlineData("reveiws", "reviews,ratings", "; did you mean reviews?")]
    [InlineData("xyz", "frontend", "")]
    public void Hint(string wanted, string names, string hint) => Assert.Equal(hint, NearNames.Hint(wanted, names.Split(',')));

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("Same", "same", 0)]
    public void Distance(string left, string right, int distance) => Assert.Equal(distance, NearNames.Distance(left, right));
}
