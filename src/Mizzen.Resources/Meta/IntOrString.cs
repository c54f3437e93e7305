using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mizzen.Resources.Meta;

/// <summary>
/// A number or a text (<c>util/intstr</c>): a port by number or name, an amount by number or percentage. A number that is not whole, as
/// amounts of resources may be, becomes its text.
/// </summary>
[JsonConverter(typeof(IntOrStringConverter))]
public readonly record struct IntOrString
{
    private readonly string? _text;
    private readonly int _number;

    /// <summary>A number.</summary>
    public IntOrString(int number) => _number = number;

    /// <summary>A text.</summary>
    public IntOrString(string text) => _text = text;

    /// <summary>The number, or null for a text.</summary>
    public int? Number => _text is null ? _number : null;

    /// <summary>The text, or null for a number.</summary>
    public string? Text => _text;

    /// <summary>Takes a number where either is wanted.</summary>
    public static implicit operator IntOrString(int number) => new(number);

    /// <summary>Takes a text where either is wanted.</summary>
    public static implicit operator IntOrString(string text) => new(text);

    /// <summary>The absolute amount of a number or a percentage of <paramref name="total"/>.</summary>
    /// <exception cref="FormatException">The text is not a percentage.</exception>
    public int Scale(int total, bool roundUp)
    {
        if (_text is null)
        {
            return _number;
        }

        if (!_text.EndsWith('%') || !int.TryParse(_text.AsSpan(0, _text.Length - 1), CultureInfo.InvariantCulture, out var percent))
        {
            throw new FormatException($"'{_text}' is neither a number nor a percentage");
        }

        var exact = (double)percent * total / 100;
        return (int)(roundUp ? Math.Ceiling(exact) : Math.Floor(exact));
    }

    /// <summary>The number or text as it is written.</summary>
    public override string ToString() => _text ?? _number.ToString(CultureInfo.InvariantCulture);

    private sealed class IntOrStringConverter : JsonConverter<IntOrString>
    {
        public override IntOrString Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType != JsonTokenType.Number ? new IntOrString(reader.GetString() ?? "")
            : reader.TryGetInt32(out var number) ? new IntOrString(number)
            : new IntOrString(reader.GetDecimal().ToString(CultureInfo.InvariantCulture));

        public override void Write(Utf8JsonWriter writer, IntOrString value, JsonSerializerOptions options)
        {
            if (value.Text is { } text)
            {
                writer.WriteStringValue(text);
            }
            else
            {
                writer.WriteNumberValue(value._number);
            }
        }
    }
}
