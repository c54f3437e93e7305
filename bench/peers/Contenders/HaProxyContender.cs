namespace Mizzen.Bench.Peers.Contenders;

internal sealed class HaProxyContender : Contender
{
    public override string Name => "haproxy";

    public override IReadOnlyList<string> Command(string folder, int port, int backend)
    {
        var file = Path.Combine(folder, "haproxy.cfg");
        File.WriteAllText(file, $$"""
            global
              nbthread 1
              maxconn 8192
            defaults
              mode http
              timeout connect 5s
              timeout client 60s
              timeout server 60s
              http-reuse always
            frontend in
              bind 127.0.0.1:{{port}}
              option forwardfor
              http-request set-header X-Request-Id %[uuid()]
              http-request set-header X-Forwarded-Proto http
              default_backend out
            backend out
              server backend 127.0.0.1:{{backend}} pool-max-conn 64

            """);
        return ["haproxy", "-f", file, "-db"];
    }
}
