using System.Text;

using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Routing;

/// <summary>
/// One spelling for one path, so that a route cannot be walked around: dot segments are resolved (RFC 3986 section 5.2.4), also when the
/// dots are percent-encoded, a backslash is a slash, and slashes in a row can become one. The query stays as it is.
/// </summary>
internal static class PathNormalization
{
    /// <summary>Changes the request's path only where that is needed.</summary>
    public static void Apply(RequestHead request, bool resolveDots, bool mergeSlashes)
    {
        var target = request.Path;
        var query = target.IndexOf((byte)'?');
        var path = query < 0 ? target : target[..query];
        if (path.IsEmpty || path[0] != '/' || !IsSuspicious(path, resolveDots, mergeSlashes))
        {
            return;
        }

        var result = new byte[target.Length + 1];
        var length = Write(path, resolveDots, mergeSlashes, result);
        var tail = query < 0 ? default : target[query..];
        tail.CopyTo(result.AsSpan(length));
        request.Path = result.AsSpan(0, length + tail.Length);
    }

    private static bool IsSuspicious(ReadOnlySpan<byte> path, bool resolveDots, bool mergeSlashes) =>
        (resolveDots && (path.IndexOf("/."u8) >= 0 || path.Contains((byte)'\\') || path.Contains((byte)'%')))
        || (mergeSlashes && path.IndexOf("//"u8) >= 0);

    private static int Write(ReadOnlySpan<byte> path, bool resolveDots, bool mergeSlashes, Span<byte> result)
    {
        var length = 0;
        while (!path.IsEmpty)
        {
            var rest = path[1..];
            var next = resolveDots ? rest.IndexOfAny((byte)'/', (byte)'\\') : rest.IndexOf((byte)'/');
            var segment = next < 0 ? rest : rest[..next];
            path = next < 0 ? default : rest[next..];
            var dots = resolveDots ? Dots(segment) : 0;
            if (dots == 2)
            {
                length = Math.Max(0, result[..length].LastIndexOf((byte)'/'));
            }

            var isDropped = dots > 0 || (mergeSlashes && segment.IsEmpty);
            if (!isDropped || path.IsEmpty)
            {
                result[length++] = (byte)'/';
                if (!isDropped)
                {
                    segment.CopyTo(result[length..]);
                    length += segment.Length;
                }
            }
        }

        return length;
    }

    /// <summary>1 for ".", 2 for "..", in any spelling; 0 for everything else.</summary>
    private static int Dots(ReadOnlySpan<byte> segment)
    {
        var dots = 0;
        while (!segment.IsEmpty && dots < 3)
        {
            var size = segment[0] == '.' ? 1 : segment.Length >= 3 && Ascii.EqualsIgnoreCase(segment[..3], "%2e"u8) ? 3 : 0;
            if (size == 0)
            {
                return 0;
            }

            segment = segment[size..];
            dots++;
        }

        return dots > 2 ? 0 : dots;
    }
}
