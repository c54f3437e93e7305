using System.Globalization;

using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Exchanges;

/// <summary>The value of Date (RFC 9110 section 6.6.1), written anew at most once a second.</summary>
internal sealed class DateField(EventLoop loop)
{
    private readonly byte[] _text = new byte[29];
    private long _second = -1;

    public ReadOnlySpan<byte> Now
    {
        get
        {
            var second = loop.Now / 1000;
            if (second != _second)
            {
                _second = second;
                _ = loop.Clock.GetUtcNow().TryFormat(_text, out _, "R", CultureInfo.InvariantCulture);
            }

            return _text;
        }
    }
}
