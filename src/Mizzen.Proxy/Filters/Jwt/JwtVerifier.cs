using System.Runtime.CompilerServices;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters.Jwt;

/// <summary>
/// Decides about tokens of one provider on one loop. Tokens that were good are remembered, so that a client's second request costs a
/// comparison; what is said about time is looked at each time.
/// </summary>
internal sealed class JwtVerifier
{
    private const int Remembered = 1024;

    /// <summary>Bytes beyond which nothing passes for a token.</summary>
    private const int LongestToken = 32 * 1024;

    [ThreadStatic]
    private static ConditionalWeakTable<JwtProviderModel, JwtVerifier>? _ofThisLoop;

    private readonly JwtProviderModel _provider;
    private readonly JwtSignature _signatures = new();
    private readonly Dictionary<int, JwtToken> _good = [];
    private JwtKeySet? _goodUnder;

    private JwtVerifier(JwtProviderModel provider)
    {
        _provider = provider;
        Keys = provider.Remote is { } remote ? new RemoteKeySource(remote) : null;
    }

    /// <summary>Where keys are fetched; null where they are given.</summary>
    public RemoteKeySource? Keys { get; }

    public JwtProviderModel Provider => _provider;

    /// <summary>The verifier of a provider on the calling loop, the same for all its filters.</summary>
    public static JwtVerifier Of(JwtProviderModel provider) =>
        (_ofThisLoop ??= []).GetValue(provider, static provider => new JwtVerifier(provider));

    /// <summary>Whether a token is good; <paramref name="token"/> is set when it is.</summary>
    /// <param name="text">The token.</param>
    /// <param name="audiences">Audiences in place of the provider's.</param>
    /// <param name="loop">The calling loop.</param>
    /// <param name="token">The token.</param>
    public JwtStatus Verify(ReadOnlySpan<byte> text, IReadOnlyList<string>? audiences, EventLoop loop, out JwtToken? token)
    {
        token = null;
        if (text.Length > LongestToken)
        {
            return JwtStatus.BadFormat;
        }

        var keys = _provider.Keys ?? Keys?.Current;
        var hash = HashOf(text);
        if (ReferenceEquals(keys, _goodUnder) && _good.TryGetValue(hash, out var known) && text.SequenceEqual(known.Text))
        {
            token = known;
            return Judge(known, audiences, loop);
        }

        var status = JwtToken.Read(text, _provider.WordClaims, out var read);
        if (read is null)
        {
            return status;
        }

        if (_provider.Issuer.Length > 0 && read.Issuer != _provider.Issuer)
        {
            return JwtStatus.UnknownIssuer;
        }

        // Before the signature, which costs most.
        status = Judge(read, audiences, loop);
        if (status == JwtStatus.Ok)
        {
            status = keys is null ? (Keys?.HasFailed(loop.Now) == true ? JwtStatus.KeysNotFetched : JwtStatus.KeysWanted) : _signatures.Verify(read, keys);
        }

        if (status == JwtStatus.Ok)
        {
            Remember(hash, read, keys!);
            token = read;
        }

        return status;
    }

    private void Remember(int hash, JwtToken token, JwtKeySet keys)
    {
        if (!ReferenceEquals(keys, _goodUnder) || _good.Count >= Remembered)
        {
            _good.Clear();
            _goodUnder = keys;
        }

        _good[hash] = token;
    }

    private JwtStatus Judge(JwtToken token, IReadOnlyList<string>? audiences, EventLoop loop)
    {
        var now = loop.Clock.GetUtcNow().ToUnixTimeSeconds();
        if (token.Expires is { } expires)
        {
            if (now > expires + _provider.ClockSkew)
            {
                return JwtStatus.Expired;
            }

            if (_provider.LongestLifetime > 0 && expires - now > _provider.LongestLifetime)
            {
                return JwtStatus.TooLongLifetime;
            }
        }
        else if (_provider.RequiresExpiration || _provider.LongestLifetime > 0)
        {
            return JwtStatus.NoExpiration;
        }

        if (token.NotBefore is { } notBefore && now + _provider.ClockSkew < notBefore)
        {
            return JwtStatus.NotYetValid;
        }

        return IsFor(token, audiences ?? _provider.Audiences) ? JwtStatus.Ok : JwtStatus.AudienceNotAllowed;
    }

    private static bool IsFor(JwtToken token, IReadOnlyList<string> audiences)
    {
        for (var i = 0; i < audiences.Count; i++)
        {
            for (var j = 0; j < token.Audiences.Count; j++)
            {
                if (Bare(audiences[i]).SequenceEqual(Bare(token.Audiences[j])))
                {
                    return true;
                }
            }
        }

        return audiences.Count == 0;
    }

    /// <summary>An address as an audience is meant whatever its scheme and with or without a slash behind it (Envoy).</summary>
    private static ReadOnlySpan<char> Bare(string audience)
    {
        var bare = audience.AsSpan();
        bare = bare.StartsWith("https://") ? bare[8..] : bare.StartsWith("http://") ? bare[7..] : bare;
        return bare.TrimEnd('/');
    }

    private static int HashOf(ReadOnlySpan<byte> text)
    {
        // Seeded per process: nobody can make tokens that push each other out.
        var hash = default(HashCode);
        hash.AddBytes(text);
        return hash.ToHashCode();
    }
}
