using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Envoy.Config.Core.V3;
using Envoy.Type.Matcher.V3;
using Envoy.Type.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>The small messages that occur everywhere, as the values that the engine reads.</summary>
internal static class Values
{
    private const int LongestRegex = 4096;

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static long Milliseconds(Duration? duration, long absent) =>
        duration is null ? absent : (duration.Seconds * 1000) + (duration.Nanos / 1_000_000);

    public static uint PerMillion(FractionalPercent? percent) => percent is null
        ? 1_000_000
        : percent.Denominator switch
        {
            FractionalPercent.Types.DenominatorType.Million => percent.Numerator,
            FractionalPercent.Types.DenominatorType.TenThousand => percent.Numerator * 100,
            _ => percent.Numerator * 10_000,
        };

    /// <summary>A socket address with a numeric host; a host name is a problem here.</summary>
    public static IPEndPoint? EndPoint(Address? address, Problems problems)
    {
        using var scope = problems.At("address");
        if (address?.SocketAddress is not { } socket || !IPAddress.TryParse(socket.Address, out var host))
        {
            problems.Add($"'{address?.SocketAddress?.Address}' is not an IP address");
            return null;
        }

        return new IPEndPoint(host, (int)socket.PortValue);
    }

    /// <summary>A pattern in linear time; RE2's syntax is a subset of what .NET reads in this mode.</summary>
    public static Regex? Pattern(RegexMatcher? matcher, bool whole, Problems problems)
    {
        var text = matcher?.Regex ?? "";
        if (text.Length > LongestRegex)
        {
            problems.Add($"the regular expression is longer than {LongestRegex} characters");
            return null;
        }

        try
        {
            return new Regex(whole ? $@"\A(?:{text})\z" : text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            problems.Add($"'{text}' is not a regular expression: {error.Message}");
            return null;
        }
    }

    /// <summary>A substitution with RE2's <c>\1</c> written as .NET's <c>${1}</c>.</summary>
    public static RegexRewrite? Rewrite(RegexMatchAndSubstitute? rewrite, Problems problems)
    {
        if (rewrite is null || Pattern(rewrite.Pattern, whole: false, problems) is not { } pattern)
        {
            return null;
        }

        var substitution = new StringBuilder();
        for (var i = 0; i < rewrite.Substitution.Length; i++)
        {
            var c = rewrite.Substitution[i];
            var next = i + 1 < rewrite.Substitution.Length ? rewrite.Substitution[i + 1] : '\0';
            if (c == '\\' && char.IsAsciiDigit(next))
            {
                substitution.Append("${").Append(next).Append('}');
                i++;
            }
            else if (c == '\\' && next == '\\')
            {
                substitution.Append('\\');
                i++;
            }
            else
            {
                substitution.Append(c == '$' ? "$$" : c.ToString());
            }
        }

        return new RegexRewrite(pattern, substitution.ToString());
    }

    public static StringMatchModel Text(StringMatcher? matcher, Problems problems)
    {
        var ignoreCase = matcher?.IgnoreCase ?? false;
        return matcher?.MatchPatternCase switch
        {
            StringMatcher.MatchPatternOneofCase.Exact => new StringMatchModel(StringMatchKind.Exact, Utf8(matcher.Exact), ignoreCase),
            StringMatcher.MatchPatternOneofCase.Prefix => new StringMatchModel(StringMatchKind.Prefix, Utf8(matcher.Prefix), ignoreCase),
            StringMatcher.MatchPatternOneofCase.Suffix => new StringMatchModel(StringMatchKind.Suffix, Utf8(matcher.Suffix), ignoreCase),
            StringMatcher.MatchPatternOneofCase.Contains => new StringMatchModel(StringMatchKind.Contains, Utf8(matcher.Contains), ignoreCase),
            StringMatcher.MatchPatternOneofCase.SafeRegex =>
                new StringMatchModel(StringMatchKind.Regex, [], ignoreCase, Pattern(matcher.SafeRegex, whole: true, problems)),
            _ => new StringMatchModel(StringMatchKind.Present, []),
        };
    }

    public static HeaderMutations Headers(IEnumerable<HeaderValueOption> add, IEnumerable<string> remove)
    {
        var mutations = new HeaderMutations([.. add.Select(Addition)], [.. remove.Select(name => Utf8(name.ToLowerInvariant()))]);
        return mutations.IsEmpty ? HeaderMutations.None : mutations;
    }

    /// <summary>A message of the type that is wanted, or a problem that names what came instead.</summary>
    public static T? Unpack<T>(Any? any, string name, Problems problems)
        where T : class, IMessage<T>, new()
    {
        if (any is null)
        {
            problems.Add($"{name} has no configuration");
            return null;
        }

        try
        {
            if (any.TryUnpack<T>(out var message))
            {
                return message;
            }

            problems.Add($"{name} has a configuration of type {Any.GetTypeName(any.TypeUrl)}, which this proxy does not know there");
        }
        catch (InvalidProtocolBufferException error)
        {
            problems.Add($"{name} cannot be read: {error.Message}");
        }

        return null;
    }

    private static HeaderAddition Addition(HeaderValueOption option)
    {
        var value = option.Header.RawValue.IsEmpty ? option.Header.Value : option.Header.RawValue.ToStringUtf8();
        var action = option.AppendAction switch
        {
            HeaderValueOption.Types.HeaderAppendAction.AddIfAbsent => HeaderAppendAction.AddIfAbsent,
            HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd => HeaderAppendAction.OverwriteIfExistsOrAdd,
            HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExists => HeaderAppendAction.OverwriteIfExists,
            // The older boolean: false meant "overwrite".
            _ => option.Append == false ? HeaderAppendAction.OverwriteIfExistsOrAdd : HeaderAppendAction.AppendIfExistsOrAdd,
        };
        return new HeaderAddition(Utf8(option.Header.Key.ToLowerInvariant()), Utf8(value), action, value.Contains('%', StringComparison.Ordinal));
    }
}
