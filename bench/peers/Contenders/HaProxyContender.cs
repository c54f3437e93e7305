namespace Mizzen.Bench.Peers.Contenders;

internal sealed class HaProxyContender : Contender
{
    public override string Name => "haproxy";

    public override IReadOnlyList<string> Command(Site site)
    {
        var file = Path.Combine(site.Folder, "haproxy.cfg");
        var isTcp = site.Wiring.In.Protocol == Protocol.Tcp;
        File.WriteAllText(file, $$"""
            global
              nbthread 1
              no strict-limits
              maxconn 12000
              ssl-default-bind-options ssl-min-ver TLSv1.3
              ssl-default-server-options ssl-min-ver TLSv1.3
              tune.h2.max-concurrent-streams 1024
            defaults
              mode {{(isTcp ? "tcp" : "http")}}
              timeout connect 5s
              timeout client 600s
              timeout server 600s
              {{(isTcp ? "option splice-response" : "http-reuse always")}}
            frontend in
              bind 127.0.0.1:{{site.Port}} backlog 4096{{Bind(site)}}
              {{(isTcp ? "" : Headers(site))}}
              default_backend out
            backend out
              server backend 127.0.0.1:{{site.Backend}} pool-max-conn 64{{Server(site)}}

            """);
        return ["haproxy", "-f", file, "-db"];
    }

    private static string Headers(Site site) => $"""
        option forwardfor
          http-request set-header X-Request-Id %[uuid()]
          http-request set-header X-Forwarded-Proto {(site.Wiring.In.Security == Security.None ? "http" : "https")}
        """;

    private static string Bind(Site site) => site.Wiring.In switch
    {
        { Security: Security.None, Protocol: Protocol.Http2 } => " proto h2",
        { Security: Security.None } => "",
        { Security: var security } => $" ssl crt {site.Certificates.ChainAndKey}"
            + (security == Security.Mutual ? $" ca-file {site.Certificates.Authority} verify required" : "")
            + (site.Wiring.In.Protocol == Protocol.Http2 ? " alpn h2" : " alpn http/1.1"),
    };

    private static string Server(Site site) =>
        (site.Wiring.Out.Protocol == Protocol.Http2 ? " proto h2" : "")
        + (site.Wiring.Out.Security == Security.None
            ? ""
            : $" ssl crt {site.Certificates.ChainAndKey} ca-file {site.Certificates.Authority} verify required verifyhost {Certificates.Host} sni str({Certificates.Host})");
}
