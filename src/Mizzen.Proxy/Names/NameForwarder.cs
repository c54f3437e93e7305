using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Mizzen.Dns;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Logging;

namespace Mizzen.Proxy.Names;

/// <summary>
/// Asks the name servers of the pod what the mesh does not know. Requests and answers pass as they are; an answer counts when it is to this
/// request, from the server that was asked.
/// </summary>
internal sealed class NameForwarder(IReadOnlyList<IPEndPoint> servers, Logger log, TimeProvider clock)
{
    /// <summary>How long each server may take: two fit into the five seconds after which resolvers ask again.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private const int LargestDatagram = 4096;

    /// <summary>The answer; null when no server gives one.</summary>
    /// <param name="request">A request that has been read.</param>
    /// <param name="overTcp">As the client asked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<byte[]?> AskAsync(ReadOnlyMemory<byte> request, bool overTcp, CancellationToken cancellationToken)
    {
        foreach (var server in servers)
        {
            using var patience = new CancellationTokenSource(Patience, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
            try
            {
                return overTcp ? await AskStreamAsync(server, request, either.Token) : await AskDatagramAsync(server, request, either.Token);
            }
            catch (Exception error) when (error is SocketException or IOException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                log.Debug($"the name server {server} did not answer: {error.Message}");
            }
        }

        return null;
    }

    // A socket of its own for each request: its port is as hard to guess for others as the request's id.
    private static async Task<byte[]> AskDatagramAsync(IPEndPoint server, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        AdsConnection.MarkAsOurs(socket);
        await socket.ConnectAsync(server, cancellationToken);
        await socket.SendAsync(request, cancellationToken);
        var buffer = new byte[LargestDatagram];
        while (true)
        {
            var answer = buffer.AsMemory(0, await socket.ReceiveAsync(buffer, cancellationToken));
            if (IsAnswerTo(request.Span, answer.Span))
            {
                return answer.ToArray();
            }
        }
    }

    private static async Task<byte[]> AskStreamAsync(IPEndPoint server, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        AdsConnection.MarkAsOurs(socket);
        await socket.ConnectAsync(server, cancellationToken);
        await using var stream = new NetworkStream(socket);
        await DnsStream.WriteAsync(stream, request, cancellationToken);
        return await DnsStream.ReadAsync(stream, cancellationToken) is { } answer && IsAnswerTo(request.Span, answer)
            ? answer
            : throw new IOException("the answer is to another request");
    }

    /// <summary>Whether it is an answer with the request's id and question; servers that cannot read a request repeat none.</summary>
    public static bool IsAnswerTo(ReadOnlySpan<byte> request, ReadOnlySpan<byte> answer)
    {
        if (answer.Length < DnsQuestion.HeaderLength || !answer[..2].SequenceEqual(request[..2]) || (answer[2] & 0x80) == 0)
        {
            return false;
        }

        var questions = BinaryPrimitives.ReadUInt16BigEndian(answer[4..]);
        var asked = DnsQuestion.TryRead(request)?.Wire.Length ?? 0;
        return questions == 0
            || (questions == 1 && answer.Length >= DnsQuestion.HeaderLength + asked
                && HasSameQuestion(request.Slice(DnsQuestion.HeaderLength, asked), answer.Slice(DnsQuestion.HeaderLength, asked)));
    }

    // Servers may answer in other letters than they were asked in.
    private static bool HasSameQuestion(ReadOnlySpan<byte> asked, ReadOnlySpan<byte> repeated)
    {
        for (var i = 0; i < asked.Length; i++)
        {
            if (asked[i] != repeated[i] && !(char.IsAsciiLetter((char)asked[i]) && (asked[i] ^ repeated[i]) == 0x20))
            {
                return false;
            }
        }

        return true;
    }
}
