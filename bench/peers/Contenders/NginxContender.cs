namespace Mizzen.Bench.Peers.Contenders;

internal sealed class NginxContender : Contender
{
    public override string Name => "nginx";

    // To backends it speaks HTTP/2 for gRPC alone, and its proxy for bytes is a module that not every installation has.
    public override bool Speaks(Wiring wiring) => wiring.Out.Protocol == Protocol.Http1;

    public override IReadOnlyList<string> Command(Site site)
    {
        var file = Path.Combine(site.Folder, "nginx.conf");
        File.WriteAllText(file, $$"""
            worker_processes 1;
            daemon off;
            pid {{site.Folder}}/nginx.pid;
            error_log {{site.Folder}}/error.log;
            events { worker_connections 32768; }
            http {
              access_log off;
              keepalive_requests 100000000;
              keepalive_timeout 600s;
              http2_max_concurrent_streams 1024;
              proxy_max_temp_file_size 0;
              upstream backend { server 127.0.0.1:{{site.Backend}}; keepalive 64; keepalive_requests 100000000; }
              server {
                listen 127.0.0.1:{{site.Port}} backlog=4096{{(site.Wiring.In.Security == Security.None ? "" : " ssl")}}{{(site.Wiring.In.Protocol == Protocol.Http2 ? " http2" : "")}};
                {{Server(site)}}
                location / {
                  proxy_pass {{(site.Wiring.Out.Security == Security.None ? "http" : "https")}}://backend;
                  {{Upstream(site)}}
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                  proxy_set_header Host $host;
                  proxy_set_header X-Request-Id $request_id;
                  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                  proxy_set_header X-Forwarded-Proto $scheme;
                }
              }
            }
            """);
        return ["nginx", "-c", file];
    }

    private static string Server(Site site) => site.Wiring.In.Security switch
    {
        Security.None => "",
        var security => $"ssl_certificate {site.Certificates.Chain}; ssl_certificate_key {site.Certificates.Key}; ssl_protocols TLSv1.3; ssl_session_cache shared:a:1m;"
            + (security == Security.Mutual ? $" ssl_client_certificate {site.Certificates.Authority}; ssl_verify_client on;" : ""),
    };

    private static string Upstream(Site site) => site.Wiring.Out.Security == Security.None
        ? ""
        : $"proxy_ssl_certificate {site.Certificates.Chain}; proxy_ssl_certificate_key {site.Certificates.Key}; proxy_ssl_protocols TLSv1.3; "
          + $"proxy_ssl_trusted_certificate {site.Certificates.Authority}; proxy_ssl_verify on; proxy_ssl_name {Certificates.Host}; proxy_ssl_server_name on;";
}
