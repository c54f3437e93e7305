using System.Net.Sockets;
using System.Text;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Handover;

/// <summary>What the older process does for the newer one.</summary>
internal interface IHandoverSource
{
    /// <summary>Copies of all listening sockets, by what they are bound for; the caller closes them.</summary>
    Task<IReadOnlyList<(string Binding, int Socket)>> CopySocketsAsync();

    /// <summary>Listens no more, on any of its sockets.</summary>
    Task StopListeningAsync();

    /// <summary>Lets the clients go to the newer process, and ends.</summary>
    void Leave();
}

/// <summary>
/// Both ends of a restart without a lost request: the newer process asks the older one, over a Unix socket at a path that both know, for its
/// listening sockets, serves on them, then tells the older one to leave. As long as it has not told, the older one serves as before.
/// </summary>
/// <remarks>Only the user that the program runs as (and root) can open the socket.</remarks>
internal sealed class HotRestart(string path, Logger log) : IDisposable
{
    private const int TakeTimeoutMilliseconds = 10_000;
    private const int ServeTimeoutMilliseconds = 60_000;
    private const int LongestText = 4096;

    private static readonly byte[] Ask = "mizzen-proxy handover 1"u8.ToArray();
    private static readonly byte[] End = "."u8.ToArray();
    private static readonly byte[] Serving = "serving"u8.ToArray();
    private static readonly byte[] Gone = "gone"u8.ToArray();

    private Socket? _older;
    private Socket? _listener;

    /// <summary>Where this process listens until it has taken over: no failure is left for the time after that.</summary>
    private string NextPath => $"{path}.{Environment.ProcessId}";

    /// <summary>The listening sockets of the older process; none when there is none.</summary>
    /// <exception cref="IOException">The path cannot be used, or there is an older process and it does not hand over.</exception>
    public InheritedSockets Take()
    {
        var inherited = new InheritedSockets();
        _older = Connect();
        _listener = Listen();
        if (_older is null)
        {
            return inherited;
        }

        var socket = (int)_older.Handle;
        DescriptorMessage.Send(socket, Ask, []);
        var text = new byte[LongestText];
        while (true)
        {
            var length = DescriptorMessage.Receive(socket, text, out var descriptors);
            if (length == 0)
            {
                inherited.CloseRest();
                throw new IOException($"{path}: the process there has not handed its sockets over");
            }

            if (text.AsSpan(0, length).SequenceEqual(End))
            {
                break;
            }

            inherited.Add(Encoding.UTF8.GetString(text, 0, length), descriptors);
        }

        log.Info($"took over {inherited.Count} listening addresses from the process at {path}");
        return inherited;
    }

    /// <summary>Tells the older process that this one serves, and waits until it listens no more.</summary>
    /// <exception cref="IOException">It does not answer.</exception>
    public void Replace()
    {
        if (_older is { } older)
        {
            DescriptorMessage.Send((int)older.Handle, Serving, []);
            var text = new byte[LongestText];
            var length = DescriptorMessage.Receive((int)older.Handle, text, out _);
            if (!text.AsSpan(0, length).SequenceEqual(Gone))
            {
                throw new IOException($"{path}: the process there has not stopped listening");
            }

            older.Dispose();
            _older = null;
        }

        File.Move(NextPath, path, overwrite: true);
    }

    /// <summary>Waits for a newer process and hands over to it. Returns when that serves.</summary>
    public async Task HandOverAsync(IHandoverSource source, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var newer = await _listener!.AcceptAsync(cancellationToken);
            try
            {
                if (await HandOverAsync(newer, source))
                {
                    DescriptorMessage.Send((int)newer.Handle, Gone, []);
                    source.Leave();
                    return;
                }

                log.Warn($"the process that asked for the listening sockets at {path} has left without serving: serving on");
            }
            catch (IOException error)
            {
                log.Warn($"handing over at {path}: {error.Message}: serving on");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _older?.Dispose();
        _listener?.Dispose();
    }

    private static async Task<bool> HandOverAsync(Socket newer, IHandoverSource source)
    {
        var socket = (int)newer.Handle;
        newer.Blocking = true;
        newer.ReceiveTimeout = ServeTimeoutMilliseconds;
        if (!await HearsAsync(socket, Ask))
        {
            return false;
        }

        var copies = await source.CopySocketsAsync();
        try
        {
            foreach (var copy in copies)
            {
                DescriptorMessage.Send(socket, Encoding.UTF8.GetBytes(copy.Binding), [copy.Socket]);
            }
        }
        finally
        {
            ListeningSocket.Close(copies.Select(copy => copy.Socket).ToArray());
        }

        DescriptorMessage.Send(socket, End, []);
        if (!await HearsAsync(socket, Serving))
        {
            return false;
        }

        await source.StopListeningAsync();
        return true;
    }

    // A system call that waits, hence on a thread of its own.
    private static Task<bool> HearsAsync(int socket, byte[] words) => Task.Run(() =>
    {
        var text = new byte[LongestText];
        return text.AsSpan(0, DescriptorMessage.Receive(socket, text, out _)).SequenceEqual(words);
    });

    private Socket? Connect()
    {
        if (!File.Exists(path))
        {
            return null;
        }

        if (new FileInfo(path).Length > 0)
        {
            throw new IOException($"{path} is a file, not a socket: name another path");
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified) { ReceiveTimeout = TakeTimeoutMilliseconds };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return socket;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            if (error.SocketErrorCode == SocketError.ConnectionRefused)
            {
                log.Info($"nobody listens at {path} any more: starting anew");
                return null;
            }

            throw new IOException($"cannot connect to {path}: {error.Message}", error);
        }
    }

    private Socket Listen()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        try
        {
            File.Delete(NextPath);
            socket.Bind(new UnixDomainSocketEndPoint(NextPath));
            File.SetUnixFileMode(NextPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen(1);
            return socket;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new IOException($"cannot listen at {NextPath}: {error.Message}", error);
        }
    }
}
