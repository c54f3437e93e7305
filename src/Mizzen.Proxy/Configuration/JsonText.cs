using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Mizzen.Proxy.Configuration;

/// <summary>JSON without a schema, and strings as JSON writes them.</summary>
internal static class JsonText
{
    /// <summary>Reads an object.</summary>
    /// <param name="json">The text.</param>
    /// <param name="what">What the text is, for the message.</param>
    /// <exception cref="InvalidDataException">The text is not an object.</exception>
    public static Struct Object(string json, string what)
    {
        try
        {
            return JsonParser.Default.Parse<Struct>(json);
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or InvalidJsonException)
        {
            throw new InvalidDataException($"{what} is not a JSON object: {error.Message}", error);
        }
    }

    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                < ' ' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }
}
