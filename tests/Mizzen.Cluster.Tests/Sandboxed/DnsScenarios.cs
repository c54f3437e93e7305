using Mizzen.Cluster.Network;
using Mizzen.Resources.Core;
using Mizzen.Testing;
using Mizzen.Testing.Sandbox;

namespace Mizzen.Cluster.Tests.Sandboxed;

public sealed class DnsScenarios
{
    private const int A = 1;
    private const int Ptr = 12;
    private const int Text = 16;
    private const int Aaaa = 28;
    private const int Srv = 33;
    private const int NoError = 0;
    private const int FormatError = 1;
    private const int NoSuchName = 3;
    private const int NotImplemented = 4;

    [SandboxedFact]
    public async Task The_name_server_knows_the_clusters_names_and_no_others()
    {
        await using var cluster = new ClusterFixture(new Dictionary<string, string> { ["api.example.com"] = "127.0.0.1:9" });
        var pod = await PodWithServicesAsync(cluster);

        await Answers("web.shop.svc.cluster.local", A, NoError, "web.shop.svc.cluster.local A 10.96.1.1");
        await Answers("WEB.Shop.svc.cluster.local", A, NoError, "WEB.Shop.svc.cluster.local A 10.96.1.1");
        await Answers("web.shop.svc.cluster.local", Aaaa, NoError);
        await Answers("web.shop.svc.cluster.local", Text, NoError);
        await Answers("none.shop.svc.cluster.local", A, NoSuchName);
        await Answers("web.other.svc.cluster.local", A, NoSuchName);
        await Answers("example.com.shop.svc.cluster.local", A, NoSuchName);
        await Answers("db.shop.svc.cluster.local", A, NoError, "db.shop.svc.cluster.local A 10.244.1.7", "db.shop.svc.cluster.local A 10.244.2.7");
        await Answers("db-1.db.shop.svc.cluster.local", A, NoError, "db-1.db.shop.svc.cluster.local A 10.244.2.7");
        await Answers("db-9.db.shop.svc.cluster.local", A, NoSuchName);
        await Answers("_http._tcp.web.shop.svc.cluster.local", Srv, NoError, "_http._tcp.web.shop.svc.cluster.local SRV 80 web.shop.svc.cluster.local");
        await Answers("_http._udp.web.shop.svc.cluster.local", Srv, NoSuchName);
        await Answers("10-244-1-7.shop.pod.cluster.local", A, NoError, "10-244-1-7.shop.pod.cluster.local A 10.244.1.7");
        await Answers("10-244.shop.pod.cluster.local", A, NoSuchName);
        await Answers("1.1.96.10.in-addr.arpa", Ptr, NoError, "1.1.96.10.in-addr.arpa PTR web.shop.svc.cluster.local");
        await Answers("9.1.96.10.in-addr.arpa", Ptr, NoSuchName);
        await Answers("api.example.com", A, NoError, "api.example.com A 198.18.0.1");
        await Answers("api.example.com", Aaaa, NoError);
        await Answers("outside.shop.svc.cluster.local", A, NoError, "outside.shop.svc.cluster.local CNAME api.example.com", "api.example.com A 198.18.0.1");
        await Answers("localhost", A, NoError, "localhost A 127.0.0.1");

        async Task Answers(string name, int type, int code, params string[] records)
        {
            foreach (var tcp in (bool[])[false, true])
            {
                var reply = await pod.ResolveAsync(name, type, tcp);
                Assert.Equal((name, code), (name, reply.Code));
                Assert.Equal(records, reply.Records.Order(StringComparer.Ordinal).OrderByDescending(record => record.Contains("CNAME", StringComparison.Ordinal)));
            }
        }
    }

    [SandboxedFact]
    public async Task A_long_answer_is_cut_for_datagrams_and_whole_over_a_connection()
    {
        await using var cluster = new ClusterFixture();
        var pod = cluster.Pod();
        cluster.Api.Put(ClusterFixture.Service("many", null));
        cluster.Api.Put(ClusterFixture.Slice("many", 80, [.. Enumerable.Range(1, 100).Select(i => ($"10.244.1.{i}", (string?)null))]));
        await KnownAsync(cluster, services: 1);

        var plain = await pod.ResolveAsync("many.shop.svc.cluster.local", A);
        var large = await pod.ResolveAsync("many.shop.svc.cluster.local", A, ednsSize: 4096);
        var whole = await pod.ResolveAsync("many.shop.svc.cluster.local", A, tcp: true);

        Assert.True(plain is { IsTruncated: true, Length: <= 512, Additional: 0 } && plain.Records.Count > 20);
        Assert.True(large is { IsTruncated: true, Length: <= 1232, Additional: 1 } && large.Records.Count > 60);
        Assert.True(whole is { IsTruncated: false, Records.Count: 100 });
    }

    [SandboxedFact]
    public async Task What_is_no_question_is_refused_rather_than_left_waiting()
    {
        await using var cluster = new ClusterFixture();
        var pod = cluster.Pod();
        var question = DnsRequest.Of("web.shop.svc.cluster.local", A);

        Assert.Equal(FormatError, new DnsReply(await pod.AskUdpAsync(question[..^1])).Code);
        Assert.Equal(NotImplemented, new DnsReply(await pod.AskUdpAsync([.. question[..2], 0x28, .. question[3..]])).Code);
        // Not even a header: no answer, and the server lives on.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pod.AskUdpAsync([1, 2, 3]));
        Assert.Equal(NoSuchName, (await pod.ResolveAsync("web.shop.svc.cluster.local", A)).Code);
        using var connection = await pod.ConnectAsync(ClusterNetwork.DnsAddress, 53);
        await connection.SendAsync((byte[])[0, 3, 1, 2, 3], TestContext.Current.CancellationToken);
        Assert.Equal(0, await connection.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken));
    }

    private static async Task<PodNetwork> PodWithServicesAsync(ClusterFixture cluster)
    {
        cluster.Api.Put(ClusterFixture.Service("web", "10.96.1.1", new ServicePort { Name = "http", Port = 80 }));
        cluster.Api.Put(ClusterFixture.Service("db", null, new ServicePort { Port = 5432 }));
        cluster.Api.Put(ClusterFixture.Slice("db", 5432, ("10.244.1.7", "db-0"), ("10.244.2.7", "db-1")));
        var outside = ClusterFixture.Service("outside", null);
        cluster.Api.Put(outside with { Spec = new ServiceSpec { Type = "ExternalName", ExternalName = "api.example.com" } });
        await KnownAsync(cluster, services: 3);
        return cluster.Pod();
    }

    private static Task KnownAsync(ClusterFixture cluster, int services) => Eventually.HoldsAsync(
        () => cluster.Services.Services.Items.Count == services && cluster.Services.Slices.Items.Count == 1, "the services are known", TestContext.Current.CancellationToken);
}
