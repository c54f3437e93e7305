using Envoy.Config.Core.V3;
using Envoy.Extensions.Filters.Http.JwtAuthn.V3;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration.HttpFilters;

/// <summary>JwtProvider messages.</summary>
internal static class JwtProviderCompiler
{
    private const long DefaultLifetime = 600_000;
    private const long DefaultTimeout = 1_000;

    public static JwtProviderModel Compile(string name, JwtProvider message, Problems problems)
    {
        var hasOwnPlace = message.FromHeaders.Count + message.FromParams.Count + message.FromCookies.Count > 0;
        return new JwtProviderModel
        {
            Name = name,
            Issuer = message.Issuer,
            Audiences = [.. message.Audiences],
            Keys = message.LocalJwks is { } local ? Keys(local, problems) : null,
            Remote = Remote(message, problems),
            Forward = message.Forward,
            FromHeaders = hasOwnPlace
                ? [.. message.FromHeaders.Select(header => new TokenHeader(Values.Utf8(header.Name.ToLowerInvariant()), Values.Utf8(header.ValuePrefix)))]
                : [TokenHeader.Bearer],
            FromParameters = hasOwnPlace ? [.. message.FromParams.Select(Values.Utf8)] : ["access_token"u8.ToArray()],
            FromCookies = [.. message.FromCookies.Select(Values.Utf8)],
            PayloadHeader = message.ForwardPayloadHeader.Length > 0 ? Values.Utf8(message.ForwardPayloadHeader.ToLowerInvariant()) : null,
            PadsPayload = message.PadForwardPayloadHeader,
            PayloadKey = message.PayloadInMetadata.Length > 0 ? message.PayloadInMetadata : null,
            HeaderKey = message.HeaderInMetadata.Length > 0 ? message.HeaderInMetadata : null,
            ClaimHeaders = [.. message.ClaimToHeaders.Select(claim => (Values.Utf8(claim.HeaderName.ToLowerInvariant()), claim.ClaimName.Split('.')))],
            WordClaims = message.NormalizePayloadInMetadata is { } normalize ? [.. normalize.SpaceDelimitedClaims] : [],
            ClockSkew = message.ClockSkewSeconds == 0 ? 60 : message.ClockSkewSeconds,
            RequiresExpiration = message.RequireExpiration,
            LongestLifetime = message.MaxLifetime?.Seconds ?? 0,
        };
    }

    private static JwtKeySet? Keys(DataSource source, Problems problems)
    {
        if (DataSources.Read(source, "local_jwks", problems) is not { } content)
        {
            return null;
        }

        try
        {
            return JwtKeySet.Parse(content);
        }
        catch (FormatException error)
        {
            problems.Add($"local_jwks: it is not a JWK set: {error.Message}");
            return null;
        }
    }

    private static RemoteKeys? Remote(JwtProvider message, Problems problems)
    {
        if (message.RemoteJwks is not { } remote)
        {
            if (message.LocalJwks is null)
            {
                problems.Add("a provider needs local_jwks or remote_jwks");
            }

            return null;
        }

        using var scope = problems.At("remote_jwks");
        if (!Uri.TryCreate(remote.HttpUri?.Uri, UriKind.Absolute, out var uri) || string.IsNullOrEmpty(remote.HttpUri.Cluster))
        {
            problems.Add("http_uri needs uri and cluster");
            return null;
        }

        return new RemoteKeys(
            ClusterKey.Of(remote.HttpUri.Cluster),
            Values.Utf8(uri.Authority),
            Values.Utf8(uri.PathAndQuery),
            Values.Milliseconds(remote.HttpUri.Timeout, DefaultTimeout),
            Values.Milliseconds(remote.CacheDuration, DefaultLifetime));
    }
}
