using System.Collections.Frozen;
using System.Text;
using System.Text.RegularExpressions;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Routing;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Tests.Routing;

/// <summary>Which virtual host and which route a request finds.</summary>
public sealed class RouteMatcherTests
{
    private static readonly RouteTable Table = new()
    {
        Name = "table",
        Exact = new[] { "a.example", "a.example:80", "sub.a.example" }.ToFrozenDictionary(name => name, Host, StringComparer.Ordinal),
        Suffixes = [("-x.a.example"u8.ToArray(), Host("*-x.a.example")), (".a.example"u8.ToArray(), Host("*.a.example"))],
        Prefixes = [("a.example."u8.ToArray(), Host("a.example.*")), ("a."u8.ToArray(), Host("a.*"))],
        Any = Host("*"),
    };

    [Theory]
    [InlineData("a.example", "a.example")]
    [InlineData("A.Example", "a.example")]
    [InlineData("a.example:80", "a.example:80")]
    [InlineData("a.example:81", "a.*")]
    [InlineData("sub.a.example", "sub.a.example")]
    [InlineData("other.a.example", "*.a.example")]
    [InlineData("b-x.a.example", "*-x.a.example")]
    [InlineData(".a.example", "*")]
    [InlineData("a.example.org", "a.example.*")]
    [InlineData("a.b", "a.*")]
    [InlineData("b", "*")]
    [InlineData("", "*")]
    public void A_host_is_found_by_its_most_specific_name(string authority, string host) =>
        Assert.Equal(host, RouteMatcher.FindHost(Table, Encoding.ASCII.GetBytes(authority))?.Name);

    [Theory]
    [InlineData("a.example:81", "a.example")]
    [InlineData("[::1]:81", "*")]
    public void The_port_can_be_ignored(string authority, string host) =>
        Assert.Equal(host, RouteMatcher.FindHost(Table with { IgnorePort = true }, Encoding.ASCII.GetBytes(authority))?.Name);

    [Theory]
    [InlineData(PathMatchKind.Prefix, "/a", "/a", true)]
    [InlineData(PathMatchKind.Prefix, "/a", "/ab?c", true)]
    [InlineData(PathMatchKind.Prefix, "/a", "/A", false)]
    [InlineData(PathMatchKind.Exact, "/a", "/a?q=1", true)]
    [InlineData(PathMatchKind.Exact, "/a", "/a/", false)]
    [InlineData(PathMatchKind.SegmentPrefix, "/a", "/a", true)]
    [InlineData(PathMatchKind.SegmentPrefix, "/a", "/a/b", true)]
    [InlineData(PathMatchKind.SegmentPrefix, "/a", "/a?q", true)]
    [InlineData(PathMatchKind.SegmentPrefix, "/a", "/ab", false)]
    [InlineData(PathMatchKind.Regex, "/a[0-9]+", "/a12?q", true)]
    [InlineData(PathMatchKind.Regex, "/a[0-9]+", "/a12/b", false)]
    [InlineData(PathMatchKind.Regex, "/a|/ab", "/ab", true)]
    public void A_path_is_compared_as_its_kind_says(int kind, string pattern, string path, bool expected)
    {
        var match = new RouteMatchModel
        {
            PathKind = (PathMatchKind)kind,
            Path = Encoding.ASCII.GetBytes(pattern),
            PathRegex = new Regex($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking),
        };
        Assert.Equal(expected, RouteMatcher.Matches(match, Request($"GET {path} HTTP/1.1\r\nhost: a\r\n\r\n"), 0));
    }

    public static TheoryData<string, string, bool, bool, string, bool> Headers => new()
    {
        { "exact", "jason", false, false, "x: jason", true },
        { "exact", "jason", false, false, "X: jason", true },
        { "exact", "jason", false, false, "x: Jason", false },
        { "exact", "jason", false, false, "y: jason", false },
        { "exact", "jason", true, false, "x: other", true },
        { "exact", "jason", true, false, "y: 1", false },
        { "exact", "jason", true, true, "y: 1", true },
        { "exact", "", false, true, "y: 1", true },
        { "exact", "a,b", false, false, "x: a\r\nx: b", true },
        { "prefix", "ja", false, false, "x: jason", true },
        { "suffix", "son", false, false, "x: jason", true },
        { "contains", "aso", false, false, "x: jason", true },
        { "regex", "j.*n", false, false, "x: jason", true },
        { "regex", "j.*", false, false, "x: xjason", false },
        { "present", "", false, false, "x: ", true },
        { "present", "", false, false, "y: 1", false },
        { "present", "", true, false, "y: 1", true },
        { "present", "", true, false, "x: 1", false },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void A_header_is_compared_as_its_condition_says(string kind, string text, bool invert, bool missingIsEmpty, string fields, bool expected)
    {
        var value = new StringMatchModel(
            Enum.Parse<StringMatchKind>(kind, ignoreCase: true), Encoding.ASCII.GetBytes(text), Regex: new Regex($@"\A(?:{text})\z", RegexOptions.NonBacktracking));
        var match = new RouteMatchModel { Headers = [new HeaderMatchModel("x"u8.ToArray(), value) { Invert = invert, TreatMissingAsEmpty = missingIsEmpty }] };
        Assert.Equal(expected, RouteMatcher.Matches(match, Request($"GET / HTTP/1.1\r\nhost: a\r\n{fields}\r\n\r\n"), 0));
    }

    [Theory]
    [InlineData(":method", "GET", true)]
    [InlineData(":authority", "a", true)]
    [InlineData(":path", "/p?q=1", true)]
    [InlineData(":scheme", "https", false)]
    public void The_request_line_can_be_asked_like_a_header(string name, string text, bool expected)
    {
        var header = new HeaderMatchModel(Encoding.ASCII.GetBytes(name), new StringMatchModel(StringMatchKind.Exact, Encoding.ASCII.GetBytes(text)));
        Assert.Equal(expected, RouteMatcher.Matches(new RouteMatchModel { Headers = [header] }, Request("GET /p?q=1 HTTP/1.1\r\nhost: a\r\n\r\n"), 0));
    }

    [Theory]
    [InlineData("/p?v=2", true)]
    [InlineData("/p?a=1&v=2&b", true)]
    [InlineData("/p?v=1", false)]
    [InlineData("/p?vv=2", false)]
    [InlineData("/p", false)]
    public void A_query_parameter_is_compared(string path, bool expected)
    {
        var query = new QueryMatchModel("v"u8.ToArray(), new StringMatchModel(StringMatchKind.Exact, "2"u8.ToArray()));
        Assert.Equal(expected, RouteMatcher.Matches(new RouteMatchModel { Query = [query] }, Request($"GET {path} HTTP/1.1\r\nhost: a\r\n\r\n"), 0));
    }

    [Theory]
    [InlineData("/a/b", "/a/b")]
    [InlineData("/a/./b", "/a/b")]
    [InlineData("/a/../b", "/b")]
    [InlineData("/a/..", "/")]
    [InlineData("/a/.", "/a/")]
    [InlineData("/../../a", "/a")]
    [InlineData("/a/%2e%2E/b", "/b")]
    [InlineData("/a/.%2e/b?q=/../x", "/b?q=/../x")]
    [InlineData("/a\\..\\b", "/b")]
    [InlineData("/a/.../b", "/a/.../b")]
    [InlineData("/a/.b/..c", "/a/.b/..c")]
    [InlineData("/a%20b", "/a%20b")]
    [InlineData("/a//b", "/a/b")]
    [InlineData("//", "/")]
    [InlineData("/a/b//", "/a/b/")]
    [InlineData("/", "/")]
    public void A_path_has_one_spelling(string path, string expected)
    {
        var request = Request($"GET {path} HTTP/1.1\r\nhost: a\r\n\r\n");
        PathNormalization.Apply(request, resolveDots: true, mergeSlashes: true);
        Assert.Equal(expected, Encoding.ASCII.GetString(request.Path));
    }

    [Fact]
    public void Slashes_in_a_row_stay_unless_asked_for()
    {
        var request = Request("GET /a//../b// HTTP/1.1\r\nhost: a\r\n\r\n");
        PathNormalization.Apply(request, resolveDots: true, mergeSlashes: false);
        Assert.Equal("/a/b//", Encoding.ASCII.GetString(request.Path));
    }

    [Fact]
    public void A_share_applies_to_the_dice_below_it()
    {
        var match = new RouteMatchModel { PerMillion = 250_000 };
        var request = Request("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
        Assert.True(RouteMatcher.Matches(match, request, 249_999));
        Assert.False(RouteMatcher.Matches(match, request, 250_000));
    }

    [Theory]
    [InlineData(0, "a")]
    [InlineData(79, "a")]
    [InlineData(80, "b")]
    [InlineData(99, "c")]
    public void A_destination_is_picked_by_where_the_dice_fell(uint dice, string cluster)
    {
        WeightedClusterModel[] clusters =
        [
            new WeightedClusterModel { Cluster = ClusterKey.Of("a"), Weight = 80 },
            new WeightedClusterModel { Cluster = ClusterKey.Of("b"), Weight = 15 },
            new WeightedClusterModel { Cluster = ClusterKey.Of("c"), Weight = 5 },
        ];
        Assert.Equal(100u, WeightedChoice.Total(clusters));
        Assert.Equal(cluster, WeightedChoice.Pick(clusters, dice).Cluster.Name);
    }

    private static VirtualHostModel Host(string name) => new() { Name = name, Routes = [] };

    private static RequestHead Request(string text)
    {
        var head = new RequestHead();
        var scanned = 0;
        Assert.Equal(HeadError.None, head.Read(new BufferPool(), Encoding.ASCII.GetBytes(text), ref scanned, out _));
        return head;
    }
}
