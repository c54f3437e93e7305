namespace Mizzen.Fuzz;

/// <summary>Makes new inputs of old ones: by bits, bytes, pieces moved, doubled or left out, and joins of two.</summary>
internal sealed class Mutator(int seed)
{
    private const int LongestInput = 64 * 1024;

    /// <summary>Bytes at which parsers turn.</summary>
    private static readonly byte[] Interesting = [0, 1, 0x20, (byte)'\r', (byte)'\n', (byte)':', (byte)';', (byte)',', 0x3f, 0x40, 0x7f, 0x80, 0x82, 0xbe, 0xff];

    // What is wanted is the same sequence for the same seed.
#pragma warning disable CA5394
    private readonly Random _random = new(seed);

    public byte[] Mutate(IReadOnlyList<byte[]> corpus)
    {
        var bytes = new List<byte>(corpus[_random.Next(corpus.Count)]);
        for (var i = _random.Next(1, 8); i > 0; i--)
        {
            Change(bytes, corpus);
        }

        if (bytes.Count > LongestInput)
        {
            bytes.RemoveRange(LongestInput, bytes.Count - LongestInput);
        }

        return [.. bytes];
    }

    private void Change(List<byte> bytes, IReadOnlyList<byte[]> corpus)
    {
        var at = _random.Next(bytes.Count + 1);
        var length = Math.Min(_random.Next(1, 24), bytes.Count - at);
        switch (_random.Next(8))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = Interesting[_random.Next(Interesting.Length)];
                break;
            case 2:
                bytes.Insert(at, (byte)_random.Next(256));
                break;
            case 3:
                bytes.Insert(at, Interesting[_random.Next(Interesting.Length)]);
                break;
            case 4:
                bytes.RemoveRange(at, length);
                break;
            case 5:
                bytes.InsertRange(at, [.. bytes.GetRange(at, length)]);
                break;
            case 6:
                var other = corpus[_random.Next(corpus.Count)];
                bytes.InsertRange(at, other.AsSpan(_random.Next(other.Length + 1)).ToArray());
                break;
            default:
                bytes.InsertRange(at, Enumerable.Repeat(Interesting[_random.Next(Interesting.Length)], _random.Next(1, 300)));
                break;
        }
    }
#pragma warning restore CA5394
}
