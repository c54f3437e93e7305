using System.IO.Hashing;
using System.Numerics;

using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Routing;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Exchanges;

/// <summary>The key by which the endpoint of a request is chosen, and the cookie that makes the client bring it again.</summary>
internal struct HashKey
{
    private const int CookieDigits = 16;
    private HashPolicyModel? _made;
    private ulong _cookie;

    /// <summary>The key; null when no policy gives one.</summary>
    public ulong? Value { get; private set; }

    /// <summary>Reads the key from a request (Envoy's hash policies: later keys are mixed into earlier ones, up to a terminal one).</summary>
    public static HashKey Of(ExchangeRecord record, IReadOnlyList<HashPolicyModel> policies, FastRandom random)
    {
        var key = default(HashKey);
        for (var i = 0; i < policies.Count; i++)
        {
            if (key.Read(policies[i], record, random) is { } hash)
            {
                key.Value = key.Value is { } before ? BitOperations.RotateLeft(before, 1) ^ hash : hash;
                if (policies[i].Terminal)
                {
                    break;
                }
            }
        }

        return key;
    }

    /// <summary>The key of a connection without requests: who made it.</summary>
    public static ulong OfAddress(NetAddress address)
    {
        Span<byte> text = stackalloc byte[NetAddress.LongestText];
        return XxHash64.HashToUInt64(text[..address.FormatHost(text)]);
    }

    /// <summary>Gives the client the cookie that was made for it.</summary>
    public readonly void SetCookie(ResponseHead head)
    {
        if (_made is not { } policy)
        {
            return;
        }

        Span<byte> value = stackalloc byte[policy.Cookie!.Length + CookieDigits + 3 + policy.CookieAttributes!.Length];
        policy.Cookie.CopyTo(value);
        var length = policy.Cookie.Length;
        "=\""u8.CopyTo(value[length..]);
        Write(_cookie, value.Slice(length + 2, CookieDigits));
        length += 2 + CookieDigits;
        value[length++] = (byte)'"';
        policy.CookieAttributes.CopyTo(value[length..]);
        head.Append("set-cookie"u8, value);
    }

    private ulong? Read(HashPolicyModel policy, ExchangeRecord record, FastRandom random)
    {
        if (policy.Header is { } header)
        {
            return record.Request.TryGet(header, out var value) ? XxHash64.HashToUInt64(value) : null;
        }

        if (policy.QueryParameter is { } parameter)
        {
            return QueryMatcher.TryFind(record.Request.Path, parameter, out var value) ? XxHash64.HashToUInt64(value) : null;
        }

        if (policy.Cookie is { } cookie)
        {
            return Cookies.TryFind(record.Request, cookie, out var value) ? XxHash64.HashToUInt64(value) : Make(policy, random);
        }

        return policy.SourceIp ? OfAddress(record.DownstreamRemote) : null;
    }

    /// <summary>The key is the hash of the cookie's text: when the client brings it, it is the same.</summary>
    private ulong? Make(HashPolicyModel policy, FastRandom random)
    {
        if (policy.CookieAttributes is null)
        {
            return null;
        }

        _made = policy;
        _cookie = random.Next();
        Span<byte> text = stackalloc byte[CookieDigits];
        Write(_cookie, text);
        return XxHash64.HashToUInt64(text);
    }

    private static void Write(ulong value, Span<byte> digits)
    {
        for (var i = 0; i < CookieDigits; i++)
        {
            digits[i] = "0123456789abcdef"u8[(int)((value >> ((CookieDigits - 1 - i) * 4)) & 15)];
        }
    }
}
