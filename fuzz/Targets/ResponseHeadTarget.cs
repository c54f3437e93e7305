using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;

namespace Mizzen.Fuzz.Targets;

/// <summary>Heads of HTTP/1.1 responses: judged alike in pieces and as a whole.</summary>
internal sealed class ResponseHeadTarget : FuzzTarget
{
    private readonly BufferPool _pool = new();

    public override string Name => "response-head";

    public override void Run(byte[] input)
    {
        var whole = Read(input, input.Length, out var length);
        var pieces = Read(input, 3, out var lengthOfPieces);
        Require(whole == pieces || whole != HeadError.None, $"pieces are judged alike: {whole} and {pieces}");
        Require(whole != HeadError.None || pieces != HeadError.None || length == lengthOfPieces, "the head ends at the same byte");
        Require(_pool.Rented == 0, "no buffer is lost");
    }

    private HeadError Read(byte[] input, int cut, out int length)
    {
        var head = new ResponseHead();
        var scanned = 0;
        var error = HeadError.Incomplete;
        length = 0;
        for (var end = Math.Min(cut, input.Length); error == HeadError.Incomplete; end = Math.Min(end + cut, input.Length))
        {
            error = head.Read(_pool, input.AsSpan(0, end), toHead: false, ref scanned, out length);
            if (end == input.Length)
            {
                break;
            }
        }

        head.Clear();
        return error;
    }
}
