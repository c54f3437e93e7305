using System.Buffers.Text;
using System.Text.Json;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters.Jwt;

/// <summary>A token that was read (RFC 7519, compact form of RFC 7515), verified or not.</summary>
internal sealed class JwtToken
{
    private JwtToken(byte[] text, int payload, int signature)
    {
        Text = text;
        _payload = payload;
        _signature = signature;
    }

    private readonly int _payload;
    private readonly int _signature;

    /// <summary>The token as it was sent.</summary>
    public byte[] Text { get; }

    /// <summary>What was signed.</summary>
    public ReadOnlySpan<byte> Signed => Text.AsSpan(0, _signature - 1);

    /// <summary>The payload in base64url.</summary>
    public ReadOnlySpan<byte> PayloadText => Text.AsSpan(_payload, _signature - 1 - _payload);

    public byte[] Signature { get; private set; } = [];

    public string Algorithm { get; private set; } = "";

    /// <summary>Name of the key; empty for none.</summary>
    public string KeyId { get; private set; } = "";

    public string Issuer { get; private set; } = "";

    /// <summary>Seconds since 1970; null for no end.</summary>
    public double? Expires { get; private set; }

    /// <summary>Seconds since 1970; null for no beginning.</summary>
    public double? NotBefore { get; private set; }

    public IReadOnlyList<string> Audiences { get; private set; } = [];

    public MetadataValue Header { get; private set; } = MetadataValue.Of("");

    public MetadataValue Payload { get; private set; } = MetadataValue.Of("");

    /// <summary>Reads a token; the token is null unless the result is Ok.</summary>
    public static JwtStatus Read(ReadOnlySpan<byte> text, IReadOnlyCollection<string> wordClaims, out JwtToken? token)
    {
        token = null;
        var first = text.IndexOf((byte)'.');
        var second = first < 0 ? -1 : text[(first + 1)..].IndexOf((byte)'.');
        if (second < 0 || text[(first + second + 2)..].Contains((byte)'.'))
        {
            return JwtStatus.BadFormat;
        }

        var read = new JwtToken(text.ToArray(), first + 1, first + second + 2);
        var status = read.ReadHeader(text[..first]);
        if (status == JwtStatus.Ok)
        {
            status = read.ReadPayload(wordClaims);
        }

        if (status == JwtStatus.Ok)
        {
            var signature = text[(first + second + 2)..];
            if (signature.IsEmpty || !Base64Url.IsValid(signature))
            {
                return JwtStatus.BadSignature;
            }

            read.Signature = Base64Url.DecodeFromUtf8(signature);
            token = read;
        }

        return status;
    }

    private JwtStatus ReadHeader(ReadOnlySpan<byte> text)
    {
        if (Parse(text) is not { } document)
        {
            return JwtStatus.BadHeader;
        }

        using (document)
        {
            var root = document.RootElement;
            Algorithm = TextOf(root, "alg");
            KeyId = TextOf(root, "kid");
            Header = MetadataValue.Of(root);

            // RFC 7515 section 4.1.11: what must be understood and is not makes the token invalid.
            return Algorithm.Length == 0 || root.TryGetProperty("crit", out _) ? JwtStatus.BadHeader : JwtStatus.Ok;
        }
    }

    private JwtStatus ReadPayload(IReadOnlyCollection<string> wordClaims)
    {
        if (Parse(PayloadText) is not { } document)
        {
            return JwtStatus.BadPayload;
        }

        using (document)
        {
            var root = document.RootElement;
            if (!TryNumber(root, "exp", out var expires) || !TryNumber(root, "nbf", out var notBefore))
            {
                return JwtStatus.BadPayload;
            }

            Issuer = TextOf(root, "iss");
            Expires = expires;
            NotBefore = notBefore;
            Audiences = AudiencesOf(root);
            Payload = MetadataValue.Of(root);
            if (wordClaims.Count > 0)
            {
                Payload = Payload.WithWords(wordClaims);
            }

            return JwtStatus.Ok;
        }
    }

    private static JsonDocument? Parse(ReadOnlySpan<byte> base64)
    {
        if (!Base64Url.IsValid(base64))
        {
            return null;
        }

        try
        {
            var document = JsonDocument.Parse(Base64Url.DecodeFromUtf8(base64));
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static List<string> AudiencesOf(JsonElement root) => !root.TryGetProperty("aud", out var audiences)
        ? []
        : audiences.ValueKind switch
        {
            JsonValueKind.String => [audiences.GetString()!],
            JsonValueKind.Array => [.. audiences.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)],
            _ => [],
        };

    private static bool TryNumber(JsonElement root, string name, out double? number)
    {
        number = null;
        if (!root.TryGetProperty(name, out var value))
        {
            return true;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var parsed))
        {
            return false;
        }

        number = parsed;
        return true;
    }

    private static string TextOf(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
