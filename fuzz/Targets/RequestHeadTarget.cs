using System.Text;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;

namespace Mizzen.Fuzz.Targets;

/// <summary>Heads of HTTP/1.1 requests: judged alike in pieces and as a whole, and read again as they are sent on.</summary>
internal sealed class RequestHeadTarget : FuzzTarget
{
    private readonly BufferPool _pool = new();

    public override string Name => "request-head";

    public override void Run(byte[] input)
    {
        var head = new RequestHead();
        var error = Read(head, input, input.Length);
        var inPieces = new RequestHead();
        var other = Read(inPieces, input, 5);
        Require(error == other || other == HeadError.Malformed || error == HeadError.Malformed || IsTooLong(error) || IsTooLong(other), $"pieces are judged alike: {error} and {other}");
        if (error == HeadError.None)
        {
            RequireSameInHttp1(_pool, head);
        }

        head.Clear();
        inPieces.Clear();
        Require(_pool.Rented == 0, "no buffer is lost");
    }

    /// <summary>A head that was accepted is written as HTTP/1.1 and read again: the same request, and nothing behind it.</summary>
    public static void RequireSameInHttp1(BufferPool pool, RequestHead head)
    {
        var text = new List<byte>();
        text.AddRange(head.Method);
        text.Add((byte)' ');
        text.AddRange(head.Path);
        text.AddRange(" HTTP/1.1\r\n"u8);
        if (head.Find(KnownHeader.Host) < 0)
        {
            text.AddRange("host: "u8);
            text.AddRange(head.Authority);
            text.AddRange("\r\n"u8);
        }

        var index = 0;
        for (var run = head.NextRun(ref index); !run.IsEmpty; run = head.NextRun(ref index))
        {
            text.AddRange(run);
        }

        text.AddRange(head.WantsUpgrade ? "connection: upgrade\r\n\r\n"u8 : head.Framing == BodyFraming.Chunked ? "transfer-encoding: chunked\r\n\r\n"u8 : "\r\n"u8);
        var again = new RequestHead();
        var scanned = 0;
        byte[] bytes = [.. text];
        var error = again.Read(pool, bytes, ref scanned, out var length);
        // A request grows a little on its way (Host, framing), so one at the limit may pass it.
        if (!IsTooLong(error))
        {
            Require(error == HeadError.None && length == bytes.Length, $"what is sent on is a request: {error} in {Encoding.Latin1.GetString(bytes)}");
            Require(again.Method.SequenceEqual(head.Method) && again.Path.SequenceEqual(head.Path) && again.Authority.SequenceEqual(head.Authority), "the request line survives");
            Require(again.Framing == head.Framing && (head.Framing != BodyFraming.Length || again.ContentLength == head.ContentLength), "the framing survives");
        }

        again.Clear();
    }

    private HeadError Read(RequestHead head, byte[] input, int cut)
    {
        var scanned = 0;
        var error = HeadError.Incomplete;
        for (var end = Math.Min(cut, input.Length); error == HeadError.Incomplete; end = Math.Min(end + cut, input.Length))
        {
            error = head.Read(_pool, input.AsSpan(0, end), ref scanned, out _);
            if (end == input.Length)
            {
                break;
            }
        }

        return error;
    }

    private static bool IsTooLong(HeadError error) => error is HeadError.TooLarge or HeadError.TargetTooLong;
}
