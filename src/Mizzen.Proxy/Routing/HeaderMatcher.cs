using System.Globalization;

using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Routing;

/// <summary>Conditions on headers, pseudo-headers included.</summary>
internal static class HeaderMatcher
{
    public static bool Matches(HeaderMatchModel match, RequestHead request)
    {
        var name = match.Name.AsSpan();
        if (name[0] == ':')
        {
            return Judge(match, Pseudo(name, request), present: true);
        }

        return Matches(match, (MessageHead)request);
    }

    /// <summary>The same on any head, without pseudo-headers.</summary>
    public static bool Matches(HeaderMatchModel match, MessageHead head)
    {
        var index = head.Find(match.Name);
        if (index < 0)
        {
            return Judge(match, default, match.TreatMissingAsEmpty);
        }

        // Envoy compares the comma-joined value of repeated headers; a single one is by far the usual case.
        var next = head.Find(match.Name, index + 1);
        return Judge(match, next < 0 ? head.ValueOf(index) : Join(head, match.Name, index), present: true);
    }

    private static bool Judge(HeaderMatchModel match, ReadOnlySpan<byte> value, bool present)
    {
        if (!present)
        {
            // Without treat-missing-as-empty only an inverted presence test is satisfied by an absent header.
            return match.Invert && match.Value.Kind == StringMatchKind.Present;
        }

        var matches = match.Range is { } range
            ? long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= range.From && number < range.To
            : TextMatcher.Matches(match.Value, value);
        return matches != match.Invert;
    }

    private static ReadOnlySpan<byte> Pseudo(ReadOnlySpan<byte> name, RequestHead request) =>
        name.SequenceEqual(":method"u8) ? request.Method
        : name.SequenceEqual(":authority"u8) ? request.Authority
        : name.SequenceEqual(":path"u8) ? request.Path
        : "http"u8;

    private static byte[] Join(MessageHead head, ReadOnlySpan<byte> name, int index)
    {
        var joined = new List<byte>();
        for (; index >= 0; index = head.Find(name, index + 1))
        {
            if (joined.Count > 0)
            {
                joined.Add((byte)',');
            }

            joined.AddRange(head.ValueOf(index));
        }

        return [.. joined];
    }
}
