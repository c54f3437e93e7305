using Mizzen.Proxy.Http;

namespace Mizzen.Fuzz.Targets;

/// <summary>Chunked bodies: the same content, trailers and end however the bytes are cut.</summary>
internal sealed class ChunksTarget : FuzzTarget
{
    public override string Name => "chunks";

    public override void Run(byte[] input)
    {
        var whole = Read(input, input.Length);
        var pieces = Read(input, 3);
        Require(whole.Last == pieces.Last, $"cuts make no difference: {whole.Last} and {pieces.Last}");
        Require(whole.Last == BodyPart.Malformed || (whole.Content.SequenceEqual(pieces.Content) && whole.Used == pieces.Used), "the content is the same");
    }

    private static (BodyPart Last, List<byte> Content, int Used) Read(byte[] input, int cut)
    {
        var reader = default(BodyReader);
        reader.Start(BodyFraming.Chunked, 0);
        var content = new List<byte>();
        var done = 0;
        for (var end = Math.Min(cut, input.Length); ; end = Math.Min(end + cut, input.Length))
        {
            BodyPart part;
            do
            {
                part = reader.Next(input.AsSpan(done, end - done), out var used, out var range);
                if (part is BodyPart.Data or BodyPart.Trailers)
                {
                    content.AddRange(input.AsSpan(done, end - done)[range]);
                }

                done += used;
                if (part is BodyPart.Malformed or BodyPart.Trailers or BodyPart.End)
                {
                    return (part, content, done);
                }
            }
            while (part == BodyPart.Data);
            if (end == input.Length)
            {
                return (BodyPart.NeedMore, content, done);
            }
        }
    }
}
