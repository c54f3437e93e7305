using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mizzen.Bench.Peers;

/// <summary>
/// Load at a constant rate (open loop): a request's latency counts from the moment at which it was due, so that a stall is felt by
/// everything behind it.
/// </summary>
internal static class ConstantLoad
{
    private const int Connections = 8;

    public static async Task<(double P50, double P99)> MeasureAsync(int port, int rate, TimeSpan duration)
    {
        var count = (int)(rate * duration.TotalSeconds);
        var latencies = new double[count];
        var clock = TimeProvider.System;
        var began = clock.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(connection => Task.Factory.StartNew(
            () => Send(port, rate, connection, latencies, clock, began), TaskCreationOptions.LongRunning)));
        Array.Sort(latencies);
        return (latencies[count / 2], latencies[(int)(count * 0.99)]);
    }

    private static void Send(int port, int rate, int connection, double[] latencies, TimeProvider clock, long began)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
        var request = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"));
        var buffer = new byte[8192];
        for (var i = connection; i < latencies.Length; i += Connections)
        {
            var due = TimeSpan.FromSeconds((double)i / rate);
            Wait(due, clock, began);
            socket.Send(request);
            ReadAnswer(socket, buffer);
            latencies[i] = (clock.GetElapsedTime(began) - due).TotalMicroseconds;
        }
    }

    private static void Wait(TimeSpan due, TimeProvider clock, long began)
    {
        while (due - clock.GetElapsedTime(began) is { Ticks: > 0 } left)
        {
            // Timers of the runtime are too coarse for the last stretch.
            if (left > TimeSpan.FromMilliseconds(2))
            {
                Thread.Sleep(left - TimeSpan.FromMilliseconds(1.5));
            }
            else
            {
                Thread.Yield();
            }
        }
    }

    private static void ReadAnswer(Socket socket, byte[] buffer)
    {
        var length = 0;
        var end = -1;
        while (end < 0 || length < end)
        {
            var read = socket.Receive(buffer.AsSpan(length));
            if (read == 0)
            {
                throw new InvalidOperationException("the contender closed the connection");
            }

            length += read;
            var head = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end < 0 && head >= 0)
            {
                end = head + 4 + 1024;
            }
        }
    }
}
