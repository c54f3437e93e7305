using CsCheck;
using Istio.Networking.Nds.V1;
using Mizzen.Dns;
using Mizzen.Proxy.Names;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Names;

/// <summary>What is answered for a name, in a pod of namespace default.</summary>
public sealed class LocalNamesTests
{
    private const int A = 1;
    private const int Aaaa = 28;
    private static readonly string[] Search = ["default.svc.cluster.local", "svc.cluster.local", "cluster.local"];

    private static readonly NameTable Table = new()
    {
        Table =
        {
            ["reviews.default.svc.cluster.local"] = Info(["10.96.0.1"], "reviews", "reviews.default", "reviews.default.svc"),
            ["shop.store.svc.cluster.local"] = Info(["10.96.0.3"], "shop.store", "shop.store.svc"),
            ["headless.default.svc.cluster.local"] = Info(["10.244.0.2", "10.244.0.3"], "headless"),
            ["api.example.com"] = Info(["240.240.1.2", "2001:2::102"]),
            ["*.wild.example.com"] = Info(["240.240.1.3"]),
            ["one.wild.example.com"] = Info(["240.240.1.4"]),
        },
    };

    [Theory]
    [InlineData("reviews.default.svc.cluster.local", A, "reviews.default.svc.cluster.local A 10.96.0.1")]
    [InlineData("REVIEWS.default", A, "REVIEWS.default A 10.96.0.1")]
    [InlineData("reviews", A, "reviews A 10.96.0.1")]
    [InlineData("shop.store.svc", A, "shop.store.svc A 10.96.0.3")]
    [InlineData("api.example.com", A, "api.example.com A 240.240.1.2")]
    [InlineData("api.example.com", Aaaa, "api.example.com AAAA 2001:2::102")]
    [InlineData("reviews", Aaaa, "")]
    [InlineData("some.wild.example.com", A, "some.wild.example.com A 240.240.1.3")]
    [InlineData("deep.some.wild.example.com", A, "deep.some.wild.example.com A 240.240.1.3")]
    [InlineData("one.wild.example.com", A, "one.wild.example.com A 240.240.1.4")]
    [InlineData("api.example.com.default.svc.cluster.local", A, "api.example.com.default.svc.cluster.local CNAME api.example.com, api.example.com A 240.240.1.2")]
    [InlineData("shop.store.svc.cluster.local.svc.cluster.local", A, "shop.store.svc.cluster.local.svc.cluster.local CNAME shop.store.svc.cluster.local, shop.store.svc.cluster.local A 10.96.0.3")]
    public void Names_of_the_mesh(string name, int type, string expected) => Assert.Equal(expected, Answer(name, type));

    [Theory]
    [InlineData("example.org", A)]
    [InlineData("wild.example.com", A)]
    [InlineData("shop", A)]
    [InlineData("reviews", 33)]
    [InlineData("", A)]
    public void Others_are_not_ours(string name, int type) => Assert.Null(new LocalNames(Table, Search).Answer(name, (DnsType)type));

    [Fact]
    public void Several_addresses_take_turns_at_the_front()
    {
        var names = new LocalNames(Table, Search);
        var first = Enumerable.Range(0, 4).Select(_ => names.Answer("headless", DnsType.A)!.Records[0].Data[^1]).ToList();
        Assert.Equal([2, 3], first.Distinct().Order().Select(last => (int)last));
    }

    [Fact]
    public void Whatever_is_asked_for_never_fails() => Gen.Select(Gen.Char["ab.*?-"].Array[0, 60], Gen.Int[0, 300]).Sample((letters, type) =>
    {
        _ = new LocalNames(Table, ["", "a", ".", .. Search]).Answer(new string(letters), (DnsType)type);
    });

    private static string Answer(string name, int type)
    {
        var question = DnsQuestion.TryRead(DnsRequest.Of(name, type))!;
        var answer = new LocalNames(Table, Search).Answer(question.Name, question.Type)!;
        Assert.All(answer.Records, record => Assert.Equal(30u, record.TimeToLive));
        return string.Join(", ", new DnsReply(answer.Write(question, question.DatagramLimit)).Records);
    }

    private static NameTable.Types.NameInfo Info(string[] addresses, params string[] others) => new() { Ips = { addresses }, AltHosts = { others } };
}
