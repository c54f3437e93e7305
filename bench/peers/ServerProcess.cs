using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mizzen.Bench.Peers;

/// <summary>A server program pinned to one core, with its children: what it costs is read from /proc.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Process _process;

    private ServerProcess(Process process) => _process = process;

    /// <summary>From the start to the first answered request.</summary>
    public TimeSpan StartTime { get; private set; }

    /// <summary>Starts the program and waits until it answers a plain request with 200, or takes connections if that is no language of its.</summary>
    public static async Task<ServerProcess> StartAsync(int core, IReadOnlyList<string> command, int port, IReadOnlyDictionary<string, string> environment, bool isPlain = false)
    {
        var info = new ProcessStartInfo("taskset", ["-c", core.ToString(CultureInfo.InvariantCulture), .. command])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        var began = TimeProvider.System.GetTimestamp();
        var process = Process.Start(info) ?? throw new InvalidOperationException($"{command[0]} did not start");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { Length: > 0 } text)
            {
                Console.Error.WriteLine($"  {Path.GetFileName(command[0])}: {text}");
            }
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new ServerProcess(process);
        await server.UntilAsync(isPlain ? () => AnswersAsync(port) : () => TakesConnectionsAsync(port), port, began);
        server.StartTime = TimeProvider.System.GetElapsedTime(began);
        return server;
    }

    /// <summary>Processor seconds of the program and its children so far.</summary>
    public double CpuSeconds() => ProcessFamily.Of(_process.Id).Sum(ProcessFamily.CpuSecondsOf);

    /// <summary>Proportional set size of the program and its children, MiB.</summary>
    public double MemoryMegabytes() => ProcessFamily.Of(_process.Id).Sum(ProcessFamily.MegabytesOf);

    /// <summary>A port of the loopback that nobody listens on now.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static async Task<bool> AnswersAsync(int port)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/")));
        return answer.IsSuccessStatusCode;
    }

    private static async Task<bool> TakesConnectionsAsync(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return true;
    }

    private async Task UntilAsync(Func<Task<bool>> isReady, int port, long began)
    {
        while (true)
        {
            try
            {
                if (await isReady())
                {
                    return;
                }
            }
            catch (Exception failure) when (failure is HttpRequestException or SocketException && !_process.HasExited)
            {
                // Not yet listening.
            }

            if (TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                throw new InvalidOperationException($"{_process.StartInfo.ArgumentList[2]} does not answer on port {port}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }
}
