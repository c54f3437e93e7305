using Envoy.Config.Listener.V3;
using Mizzen.ControlPlane.Model;
using Mizzen.Identity;

namespace Mizzen.ControlPlane.Translation;

/// <summary>
/// The filter chains of an inbound port, by what is spoken there and what the workload takes (Istio's table of PERMISSIVE, STRICT and
/// DISABLE). Mutual TLS of the mesh is known by its ALPN; other TLS on a port that also takes plain text is the app's own and passes unopened.
/// </summary>
/// <param name="Name">Name of all chains.</param>
/// <param name="Port">The original destination's port; 0 for any.</param>
/// <param name="Mode">What the workload takes.</param>
/// <param name="Domain">Whose clients are believed.</param>
/// <param name="Http">What is done with requests.</param>
/// <param name="Tcp">What is done with bytes.</param>
internal sealed record InboundChains(string Name, int Port, MutualTlsMode Mode, TrustDomain Domain, Func<Filter> Http, Func<IReadOnlyList<Filter>> Tcp)
{
    private const string Tls = "tls";
    private const string Raw = "raw_buffer";
    private static readonly string[] PlainHttp = ["http/1.0", "http/1.1", "h2c"];

    private bool TakesPlain => Mode != MutualTlsMode.Strict;

    private bool TakesMutual => Mode != MutualTlsMode.Disable;

    /// <summary>Of a port whose protocol is declared to be HTTP.</summary>
    public IEnumerable<FilterChain> OfHttp()
    {
        if (Mode == MutualTlsMode.Disable)
        {
            return [Chain([Http()], "", [])];
        }

        return Mode == MutualTlsMode.Strict
            ? [Mutual([Http()], [], "h2", "http/1.1")]
            : [Mutual([Http()], MutualTls.AllProtocols, "h2", "http/1.1"), Chain([Http()], Raw, []), Chain(Tcp(), Tls, [])];
    }

    /// <summary>Of a port whose protocol is declared to be something else.</summary>
    public IEnumerable<FilterChain> OfTcp()
    {
        if (Mode == MutualTlsMode.Disable)
        {
            return [Chain(Tcp(), "", [])];
        }

        return Mode == MutualTlsMode.Strict
            ? [Mutual(Tcp(), [], "istio-peer-exchange")]
            : [Mutual(Tcp(), MutualTls.AllProtocols, "istio-peer-exchange"), .. PlainTcp()];
    }

    /// <summary>Of a port whose protocol the first bytes tell.</summary>
    public IEnumerable<FilterChain> OfAny()
    {
        if (TakesMutual)
        {
            yield return Mutual([Http()], MutualTls.HttpProtocols, "h2", "http/1.1");
            yield return Mutual(Tcp(), TakesPlain ? MutualTls.TcpProtocols : [], "istio-peer-exchange");
        }

        if (TakesPlain)
        {
            yield return Chain([Http()], Raw, PlainHttp);
            foreach (var chain in PlainTcp())
            {
                yield return chain;
            }
        }
    }

    // Said for either transport, because a chain that says none is not looked at when others of that transport are there.
    private IEnumerable<FilterChain> PlainTcp() => [Chain(Tcp(), Raw, []), Chain(Tcp(), Tls, [])];

    private FilterChain Mutual(IReadOnlyList<Filter> filters, string[] offered, params string[] spoken)
    {
        var chain = Chain(filters, Tls, offered);
        chain.TransportSocket = MutualTls.Server(Domain, spoken);
        return chain;
    }

    private FilterChain Chain(IReadOnlyList<Filter> filters, string transport, string[] protocols) => new()
    {
        Name = Name,
        FilterChainMatch = new FilterChainMatch
        {
            DestinationPort = Port > 0 ? (uint)Port : null,
            TransportProtocol = transport,
            ApplicationProtocols = { protocols },
        },
        Filters = { filters },
    };
}
