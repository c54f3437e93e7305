using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using CsCheck;
using Istio.Networking.Nds.V1;
using Mizzen.Dns;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Names;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Names;

/// <summary>The sidecar's name server over real sockets, in front of a name server that knows 192.0.2.1 for every name.</summary>
public sealed class NameServerTests : IAsyncDisposable
{
    private const int A = 1;
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly Upstream _upstream = new();
    private readonly NameServer _server;
    private readonly Task _running;

    public NameServerTests()
    {
        _server = new NameServer(new ResolverConfiguration([_upstream.Address], ["svc.cluster.local"]), LogOutput.Silent.For("test"), TimeProvider.System);
        _server.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        var many = new NameTable.Types.NameInfo { Ips = { Enumerable.Range(1, 200).Select(i => $"10.0.0.{i}") } };
        _server.Take(new NameTable { Table = { ["api.example.com"] = new NameTable.Types.NameInfo { Ips = { "240.240.0.1" } }, ["many.example.com"] = many } });
        _running = Task.WhenAll(_server.RunAsync(_stop.Token), _upstream.RunAsync(_stop.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _server.Dispose();
        _upstream.Dispose();
        _stop.Dispose();
    }

    [Theory]
    [InlineData("api.example.com", false, "api.example.com A 240.240.0.1")]
    [InlineData("api.example.com", true, "api.example.com A 240.240.0.1")]
    [InlineData("elsewhere.example.org", false, "elsewhere.example.org A 192.0.2.1")]
    [InlineData("elsewhere.example.org", true, "elsewhere.example.org A 192.0.2.1")]
    public async Task Names_of_the_mesh_are_answered_here_and_others_there(string name, bool overTcp, string expected)
    {
        var reply = new DnsReply(await AskAsync(DnsRequest.Of(name, A), overTcp));

        Assert.Equal(expected, Assert.Single(reply.Records));
        Assert.Equal(expected.Contains("192.0.2.1", StringComparison.Ordinal) ? 1 : 0, _upstream.Requests.Count);
    }

    [Fact]
    public async Task What_does_not_fit_into_a_datagram_is_cut_and_complete_over_TCP()
    {
        var cut = new DnsReply(await AskAsync(DnsRequest.Of("many.example.com", A), overTcp: false));
        var whole = new DnsReply(await AskAsync(DnsRequest.Of("many.example.com", A), overTcp: true));

        Assert.True(cut.IsTruncated);
        Assert.InRange(cut.Length, 12, 512);
        Assert.Equal((false, 200), (whole.IsTruncated, whole.Records.Count));
    }

    [Theory]
    [InlineData("two questions", "12340100000200000000000001610000010001", 1)]
    [InlineData("a name without an end", "1234010000010000000000000161", 1)]
    [InlineData("another operation", "12342800000100000000000001610000010001", 4)]
    public async Task What_cannot_be_read_is_refused(string what, string request, int code) =>
        Assert.Equal((what, code), (what, new DnsReply(await AskAsync(Convert.FromHexString(request), overTcp: false)).Code));

    [Fact]
    public async Task Without_a_name_server_behind_it_the_answer_is_a_failure()
    {
        using var alone = new NameServer(new ResolverConfiguration([], []), LogOutput.Silent.For("test"), TimeProvider.System);
        alone.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        var running = alone.RunAsync(_stop.Token);

        Assert.Equal(2, new DnsReply(await AskAsync(DnsRequest.Of("elsewhere.example.org", A), overTcp: false, alone)).Code);
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Bytes_of_any_kind_do_not_stop_it()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(_server.Address, _stop.Token);
        Gen.Byte.Array[0, 600].Sample(bytes => { socket.Send(bytes); }, iter: 500, threads: 1);

        Assert.Single(new DnsReply(await AskAsync(DnsRequest.Of("api.example.com", A), overTcp: true)).Records);
    }

    [Fact]
    public void Answers_to_others_are_told_apart()
    {
        var request = DnsRequest.Of("a.example.com", A);
        var answer = Upstream.Answer(request);
        byte[] otherId = [0, 0, .. answer[2..]];

        Assert.True(NameForwarder.IsAnswerTo(request, answer));
        Assert.False(NameForwarder.IsAnswerTo(request, request));
        Assert.False(NameForwarder.IsAnswerTo(request, otherId));
        Assert.False(NameForwarder.IsAnswerTo(request, Upstream.Answer(DnsRequest.Of("b.example.com", A))));
        Gen.Byte.Array[0, 100].Sample(bytes => { NameForwarder.IsAnswerTo(request, bytes); });
    }

    private Task<byte[]> AskAsync(byte[] request, bool overTcp, NameServer? server = null) => new NameForwarder([(server ?? _server).Address], LogOutput.Silent.For("test"), TimeProvider.System)
        .AskAsync(request, overTcp, TestContext.Current.CancellationToken)!;

    private sealed class Upstream : IDisposable
    {
        private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        private readonly Socket _tcp = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        public Upstream()
        {
            _tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _udp.Bind(Address);
            _tcp.Listen();
        }

        public IPEndPoint Address => (IPEndPoint)_tcp.LocalEndPoint!;

        public ConcurrentQueue<byte[]> Requests { get; } = [];

        public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(DatagramsAsync(cancellationToken), StreamsAsync(cancellationToken));

        public void Dispose()
        {
            _udp.Dispose();
            _tcp.Dispose();
        }

        public static byte[] Answer(byte[] request)
        {
            var question = DnsQuestion.TryRead(request)!;
            return new DnsAnswer(DnsCode.NoError, [DnsRecord.Address(IPAddress.Parse("192.0.2.1"), 60)]).Write(question, question.DatagramLimit);
        }

        private async Task DatagramsAsync(CancellationToken cancellationToken)
        {
            var buffer = new byte[4096];
            await UntilStoppedAsync(async () =>
            {
                var received = await _udp.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), cancellationToken);
                var request = buffer[..received.ReceivedBytes];
                Requests.Enqueue(request);
                await _udp.SendToAsync(Answer(request), SocketFlags.None, received.RemoteEndPoint, cancellationToken);
            });
        }

        private Task StreamsAsync(CancellationToken cancellationToken) => UntilStoppedAsync(async () =>
        {
            await using var stream = new NetworkStream(await _tcp.AcceptAsync(cancellationToken), ownsSocket: true);
            var request = (await DnsStream.ReadAsync(stream, cancellationToken))!;
            Requests.Enqueue(request);
            await DnsStream.WriteAsync(stream, Answer(request), cancellationToken);
        });

        private static async Task UntilStoppedAsync(Func<Task> serve)
        {
            try
            {
                while (true)
                {
                    await serve();
                }
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        }
    }
}
