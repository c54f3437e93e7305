using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mizzen.Bench.Peers.Load;

/// <summary>
/// Load at a constant rate (open loop): a request's latency counts from the moment at which it was due, so that a stall is felt by
/// everything behind it. One thread waits for all connections together, so that nothing spins beside the backend.
/// </summary>
internal sealed class ConstantLoad
{
    private const int Connections = 64;
    private const int BodyLength = 1024;

    private readonly int _rate;
    private readonly double[] _latencies;
    private readonly byte[] _request;
    private readonly byte[] _buffer = new byte[8192];
    private readonly Stack<Socket> _free = new();
    private readonly Dictionary<Socket, (int Number, int Left)> _busy = [];
    private long _began;

    private ConstantLoad(int port, int rate, TimeSpan duration)
    {
        _rate = rate;
        _latencies = new double[(int)(rate * duration.TotalSeconds)];
        _request = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"));
        for (var i = 0; i < Connections; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Connect(IPAddress.Loopback, port);
            _free.Push(socket);
        }
    }

    /// <summary>Sends requests at a rate.</summary>
    /// <param name="port">Where.</param>
    /// <param name="rate">How many in a second.</param>
    /// <param name="duration">How long.</param>
    /// <returns>The latencies, µs.</returns>
    public static Latencies Measure(int port, int rate, TimeSpan duration)
    {
        var load = new ConstantLoad(port, rate, duration);
        load.Run();
        Array.Sort(load._latencies);
        return new Latencies(At(0.5), At(0.99), At(0.999), load._latencies[^1]);

        double At(double share) => load._latencies[(int)(load._latencies.Length * share)];
    }

    private void Run()
    {
        _began = TimeProvider.System.GetTimestamp();
        for (var next = 0; next < _latencies.Length || _busy.Count > 0;)
        {
            var wait = next < _latencies.Length ? Due(next) - Elapsed : TimeSpan.FromSeconds(1);
            if (wait <= TimeSpan.Zero && _free.TryPop(out var socket))
            {
                socket.Send(_request);
                _busy.Add(socket, (next++, 0));
                continue;
            }

            Receive(wait > TimeSpan.Zero ? wait : TimeSpan.FromSeconds(1));
        }

        foreach (var socket in _free)
        {
            socket.Dispose();
        }
    }

    private TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_began);

    private TimeSpan Due(int number) => TimeSpan.FromSeconds((double)number / _rate);

    private void Receive(TimeSpan wait)
    {
        if (_busy.Count == 0)
        {
            Thread.Sleep(wait);
            return;
        }

        var readable = _busy.Keys.ToList();
        Socket.Select(readable, null, null, wait);
        foreach (var socket in readable)
        {
            var (number, left) = _busy[socket];
            left = Read(socket, left);
            if (left == 0)
            {
                _latencies[number] = (Elapsed - Due(number)).TotalMicroseconds;
                _ = _busy.Remove(socket);
                _free.Push(socket);
            }
            else
            {
                _busy[socket] = (number, left);
            }
        }
    }

    // What is left of the answer: its head comes in one piece.
    private int Read(Socket socket, int left)
    {
        var count = socket.Receive(_buffer);
        if (left > 0)
        {
            return left - count;
        }

        var head = _buffer.AsSpan(0, count).IndexOf("\r\n\r\n"u8);
        return head > 0 && _buffer.AsSpan(0, count).StartsWith("HTTP/1.1 200"u8)
            ? head + 4 + BodyLength - count
            : throw new InvalidOperationException("the contender closed the connection or did not answer with 200");
    }
}
