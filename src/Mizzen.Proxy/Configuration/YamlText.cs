using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Mizzen.Proxy.Configuration;

/// <summary>A YAML document as JSON text, with the scalars of YAML 1.2's core schema. Aliases are refused: a configuration does not need them.</summary>
internal static partial class YamlText
{
    private const int DeepestNesting = 200;

    /// <summary>Reads one document.</summary>
    /// <exception cref="InvalidDataException">The text is not YAML, or more than this reads; the message names the line.</exception>
    public static string ToJson(string yaml)
    {
        using var buffer = new MemoryStream();
        try
        {
            var parser = new Parser(new StringReader(yaml));
            parser.Consume<StreamStart>();
            using (var writer = new Utf8JsonWriter(buffer))
            {
                parser.Consume<DocumentStart>();
                Write(parser, writer, 0);
                parser.Consume<DocumentEnd>();
            }

            if (!parser.TryConsume<StreamEnd>(out _))
            {
                throw new YamlException(parser.Current!.Start, parser.Current.End, "there is a second document");
            }
        }
        catch (YamlException error)
        {
            throw new InvalidDataException($"line {error.Start.Line}: {error.Message}", error);
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Parser parser, Utf8JsonWriter writer, int depth)
    {
        var start = parser.Current!;
        if (depth > DeepestNesting)
        {
            throw new YamlException(start.Start, start.End, $"nested deeper than {DeepestNesting} levels");
        }

        switch (start)
        {
            case MappingStart:
                WriteMapping(parser, writer, depth);
                break;
            case SequenceStart:
                parser.Consume<SequenceStart>();
                writer.WriteStartArray();
                while (!parser.TryConsume<SequenceEnd>(out _))
                {
                    Write(parser, writer, depth + 1);
                }

                writer.WriteEndArray();
                break;
            case AnchorAlias:
                throw new YamlException(start.Start, start.End, "aliases are not supported: write the value out");
            default:
                WriteScalar(parser.Consume<Scalar>(), writer);
                break;
        }
    }

    private static void WriteMapping(Parser parser, Utf8JsonWriter writer, int depth)
    {
        parser.Consume<MappingStart>();
        writer.WriteStartObject();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var start = parser.Current!;
            var key = start is Scalar ? parser.Consume<Scalar>().Value : throw new YamlException(start.Start, start.End, "a key must be a plain text");
            if (!keys.Add(key))
            {
                throw new YamlException(start.Start, start.End, $"the key {key} stands here twice");
            }

            writer.WritePropertyName(key);
            Write(parser, writer, depth + 1);
        }

        writer.WriteEndObject();
    }

    private static void WriteScalar(Scalar scalar, Utf8JsonWriter writer)
    {
        if (scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any))
        {
            writer.WriteStringValue(scalar.Value);
            return;
        }

        switch (scalar.Value)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                writer.WriteNullValue();
                break;
            case "true" or "True" or "TRUE":
                writer.WriteBooleanValue(true);
                break;
            case "false" or "False" or "FALSE":
                writer.WriteBooleanValue(false);
                break;
            case var text when IntegerPattern.IsMatch(text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer):
                writer.WriteNumberValue(integer);
                break;
            case var text when NumberPattern.IsMatch(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number):
                writer.WriteNumberValue(number);
                break;
            default:
                writer.WriteStringValue(scalar.Value);
                break;
        }
    }

    [GeneratedRegex("^[-+]?[0-9]+$", RegexOptions.CultureInvariant)]
    private static partial Regex IntegerPattern { get; }

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex NumberPattern { get; }
}
