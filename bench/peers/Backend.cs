using System.Globalization;

namespace Mizzen.Bench.Peers;

/// <summary>
/// What stands behind every contender: nginx with one worker. It answers 1 KiB from memory, bodies of 1 MiB, 100 MiB and 1 GiB from
/// files, and gRPC calls with one empty message.
/// </summary>
internal sealed class Backend : IDisposable
{
    private const int Addresses = 10;

    private readonly ServerProcess _process;

    private Backend(ServerProcess process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public static Backend Start(string folder, Hop hop, Certificates certificates)
    {
        var port = ServerProcess.FreePort();
        var file = Path.Combine(folder, "backend.conf");
        WriteBodies(Directory.CreateDirectory(Path.Combine(folder, "bodies")).FullName);
        File.WriteAllText(file, $$"""
            worker_processes 1;
            daemon off;
            pid {{folder}}/backend.pid;
            error_log {{folder}}/backend.log;
            events { worker_connections 32768; }
            http {
              access_log off;
              keepalive_requests 100000000;
              http2_max_concurrent_streams 1024;
              sendfile on;
              server {
                {{Listen(port, hop)}}
                {{(hop.Security == Security.None ? "" : Tls(certificates))}}
                location / { default_type text/plain; return 200 "{{new string('x', 1024)}}"; }
                location /bodies/ { root {{folder}}; }
                location /bench.Bench/ {
                  root {{folder}};
                  default_type application/grpc;
                  add_trailer grpc-status 0;
                  error_page 405 =200 $uri;
                }
              }
            }
            """);
        var process = ServerProcess.StartAsync(1, ["nginx", "-c", file], port, new Dictionary<string, string>()).GetAwaiter().GetResult();
        return new Backend(process, port);
    }

    public void Dispose() => _process.Dispose();

    private static string Listen(int port, Hop hop)
    {
        var flags = (hop.Security == Security.None ? "" : " ssl") + (hop.Protocol == Protocol.Http2 ? " http2" : "");
        var lines = Enumerable.Range(1, Addresses).Select(last => string.Create(CultureInfo.InvariantCulture, $"listen 127.0.0.{last}:{port} backlog=4096{flags};"));
        return string.Join(' ', lines);
    }

    private static string Tls(Certificates certificates) =>
        $"ssl_certificate {certificates.Chain}; ssl_certificate_key {certificates.Key}; ssl_protocols TLSv1.3; "
        + $"ssl_client_certificate {certificates.Authority}; ssl_verify_client on;";

    private static void WriteBodies(string folder)
    {
        foreach (var (name, megabytes) in new[] { ("1m", 1), ("100m", 100), ("1g", 1024) })
        {
            using var file = File.Create(Path.Combine(folder, name));
            file.SetLength(megabytes * 1024L * 1024);
        }

        // A gRPC message without bytes: not compressed, length 0.
        var service = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(folder)!, "bench.Bench")).FullName;
        File.WriteAllBytes(Path.Combine(service, "Call"), new byte[5]);
    }
}
