using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Mizzen.Resources.Reading;

/// <summary>
/// Scalars as Kubernetes' own tools read them, which is YAML 1.1: yes, on and y are true, 0777 and 0o777 are octal, 1_000 is a thousand,
/// 12.0 is 12; quoted text is text unless its tag says otherwise.
/// </summary>
internal static partial class YamlScalar
{
    private const string CoreTags = "tag:yaml.org,2002:";

    public static JsonValue? Value(Scalar scalar)
    {
        var tag = scalar.Tag.IsEmpty ? "" : scalar.Tag.Value;
        if (tag == "!" || tag == CoreTags + "str")
        {
            return JsonValue.Create(scalar.Value);
        }

        var isTyped = tag.StartsWith(CoreTags, StringComparison.Ordinal);
        return isTyped || scalar.Style is ScalarStyle.Plain or ScalarStyle.Any ? Plain(scalar.Value) : JsonValue.Create(scalar.Value);
    }

    /// <summary>The value of a text without quotes.</summary>
    public static JsonValue? Plain(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" or "y" or "Y" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" => JsonValue.Create(true),
        "false" or "False" or "FALSE" or "n" or "N" or "no" or "No" or "NO" or "off" or "Off" or "OFF" => JsonValue.Create(false),
        _ => Number(text) ?? JsonValue.Create(text),
    };

    private static JsonValue? Number(string text)
    {
        if (!char.IsAsciiDigit(text[0]) && text[0] is not ('+' or '-' or '.'))
        {
            return null;
        }

        var plain = text.Replace("_", "", StringComparison.Ordinal);
        if (IntegerPattern.Match(plain) is { Success: true } match && Integer(match) is { } integer)
        {
            return Parsed(integer.ToString(CultureInfo.InvariantCulture));
        }

        return FloatPattern.IsMatch(plain) && double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? Parsed(number.ToString("R", CultureInfo.InvariantCulture))
            : null;
    }

    // A parsed number can be read as any type of number, one that was set only as its own.
    private static JsonValue Parsed(string number) => JsonNode.Parse(number)!.AsValue();

    private static long? Integer(Match match)
    {
        var (digits, radix) = match.Groups["hex"].Success ? (match.Groups["hex"].Value, 16UL)
            : match.Groups["octal"].Success ? (match.Groups["octal"].Value, 8UL)
            : match.Groups["binary"].Success ? (match.Groups["binary"].Value, 2UL)
            : (match.Groups["decimal"].Value, 10UL);
        var isNegative = match.Value[0] == '-';
        var most = isNegative ? (ulong)long.MaxValue + 1 : long.MaxValue;
        var magnitude = 0UL;
        foreach (var digit in digits)
        {
            var next = (ulong)Convert.ToInt32(digit.ToString(), 16);
            if (magnitude > (most - next) / radix)
            {
                return null;
            }

            magnitude = (magnitude * radix) + next;
        }

        return isNegative ? -(long)magnitude : (long)magnitude;
    }

    [GeneratedRegex("^[-+]?(?:0[xX](?<hex>[0-9a-fA-F]+)|0[bB](?<binary>[01]+)|0[oO]?(?<octal>[0-7]+)|(?<decimal>0|[1-9][0-9]*))$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex IntegerPattern { get; }

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex FloatPattern { get; }
}
