using System.Globalization;

namespace Mizzen.Bench.Peers;

/// <summary>What stands behind every contender: nginx with one worker that answers 1 KiB from memory.</summary>
internal sealed class Backend : IDisposable
{
    private readonly ServerProcess _process;

    private Backend(ServerProcess process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public static Backend Start(string folder)
    {
        var port = ServerProcess.FreePort();
        var file = Path.Combine(folder, "backend.conf");
        File.WriteAllText(file, $$"""
            worker_processes 1;
            daemon off;
            pid {{folder}}/backend.pid;
            error_log {{folder}}/backend.log;
            events { worker_connections 4096; }
            http {
              access_log off;
              keepalive_requests 100000000;
              server {
                listen 127.0.0.1:{{port.ToString(CultureInfo.InvariantCulture)}} backlog=4096;
                location / { default_type text/plain; return 200 "{{new string('x', 1024)}}"; }
              }
            }
            """);
        var process = ServerProcess.StartAsync(1, ["nginx", "-c", file], port, new Dictionary<string, string>()).GetAwaiter().GetResult();
        return new Backend(process, port);
    }

    public void Dispose() => _process.Dispose();
}
