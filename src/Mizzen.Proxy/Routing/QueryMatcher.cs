using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Routing;

/// <summary>Conditions on query parameters; names and values are compared as they stand, without decoding (as Envoy).</summary>
internal static class QueryMatcher
{
    public static bool Matches(QueryMatchModel match, ReadOnlySpan<byte> target) =>
        TryFind(target, match.Name, out var value) && TextMatcher.Matches(match.Value, value);

    public static bool TryFind(ReadOnlySpan<byte> target, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        var start = target.IndexOf((byte)'?');
        var rest = start < 0 ? default : target[(start + 1)..];
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)'&');
            var pair = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            var equals = pair.IndexOf((byte)'=');
            if ((equals < 0 ? pair : pair[..equals]).SequenceEqual(name))
            {
                value = equals < 0 ? default : pair[(equals + 1)..];
                return true;
            }
        }

        return false;
    }
}
