using System.Net;
using System.Text;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>.NET's client speaking HTTP/2 with prior knowledge, an upstream of HTTP/1.1 behind the engine.</summary>
public sealed class Http2Tests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_reaches_the_endpoint_and_its_answer_the_client()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("hello", "x-app: yes\r\nconnection: keep-alive\r\n"));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = Client();

        using var response = await client.GetAsync(new Uri($"http://{engine.Address}/greeting?name=a"), Cancel);

        Assert.Equal(HttpVersion.Version20, response.Version);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("hello", await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("yes", Assert.Single(response.Headers.GetValues("x-app")));
        Assert.False(response.Headers.Contains("connection"));
        var head = Assert.Single(upstream.Heads);
        Assert.StartsWith("GET /greeting?name=a HTTP/1.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nhost: {engine.Address}\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_requests_share_a_connection()
    {
        await using var upstream = TestUpstream.Answering((head, body) => TestUpstream.Ok(head.Split(' ')[1] + body));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = Client();

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            using var content = new StringContent(new string('x', i * 37));
            using var response = await client.PostAsync(new Uri($"http://{engine.Address}/{i}"), content, Cancel);
            return await response.Content.ReadAsStringAsync(Cancel);
        }));

        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"/{i}{new string('x', i * 37)}"), answers);
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(3_000_000)]
    public async Task Large_bodies_pass_in_both_directions(int size)
    {
        await using var upstream = TestUpstream.Answering((_, body) => TestUpstream.Ok(body));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = Client();
        var text = new string('a', size / 2) + new string('b', size / 2);
        using var content = new StringContent(text, Encoding.ASCII);

        using var response = await client.PostAsync(new Uri($"http://{engine.Address}/"), content, Cancel);

        Assert.Equal(text, await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task A_body_of_unknown_length_becomes_chunks()
    {
        await using var upstream = TestUpstream.Answering((_, body) => "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + $"{body.Length:x}\r\n{body}\r\n0\r\nx-sum: 7\r\n\r\n");
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = Client();
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri($"http://{engine.Address}/"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StreamContent(new MemoryStream("some bytes"u8.ToArray(), writable: false)),
        };
        request.Headers.TransferEncodingChunked = null;
        request.Content.Headers.ContentLength = null;

        using var response = await client.SendAsync(request, Cancel);

        Assert.Equal("some bytes", await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("7", Assert.Single(response.TrailingHeaders.GetValues("x-sum")));
    }

    [Fact]
    public async Task Local_answers_are_given_over_http2_too()
    {
        await using var engine = TestEngine.Forwarding(TestUpstream.Nobody());
        using var client = Client();

        using var response = await client.GetAsync(new Uri($"http://{engine.Address}/"), Cancel);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("remote connection failure", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    private static HttpClient Client() => new()
    {
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };
}
