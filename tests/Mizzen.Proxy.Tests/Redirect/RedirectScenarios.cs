using System.Net;
using System.Net.Sockets;
using System.Text;
using Mizzen.Netlink;
using Mizzen.Proxy.Commands;
using Mizzen.Testing.Sandbox;

namespace Mizzen.Proxy.Tests.Redirect;

/// <summary>
/// A pod and a neighbour in network namespaces of their own, with the rules as the kernel holds them. Every listener answers a
/// connection with its name, so that a client learns where it ended.
/// </summary>
public sealed class RedirectScenarios : IDisposable
{
    private const int SolSocket = 1;
    private const int SoMark = 36;
    private const string Pod = "10.55.0.2";
    private const string Neighbour = "10.55.0.1";

    private readonly NetworkNamespace _pod = NetworkNamespace.Create();
    private readonly NetworkNamespace _neighbour = NetworkNamespace.Create();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Socket> _listeners = [];

    public RedirectScenarios()
    {
        _pod.Run(() =>
        {
            using var links = new RouteNetlink();
            links.SetUp("lo");
            links.CreateVethPair("eth0", "peer", _neighbour);
            links.AddAddress("eth0", IPAddress.Parse(Pod), 24);
            links.SetUp("eth0");
        });
        _neighbour.Run(() =>
        {
            using var links = new RouteNetlink();
            links.SetUp("lo");
            links.AddAddress("peer", IPAddress.Parse(Neighbour), 24);
            links.SetUp("peer");
        });
        Listen(_pod, 15001, 15006, 15021, 3000);
        Listen(_neighbour, 80, 27017);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listeners.ForEach(listener => listener.Dispose());
        _pod.Dispose();
        _neighbour.Dispose();
        _stop.Dispose();
    }

    [SandboxedTheory]
    [InlineData("the application calls out", Neighbour, 80, false, null, "15001")]
    [InlineData("the application calls a port that nobody has", Neighbour, 81, false, null, "15001")]
    [InlineData("the application calls a port that is left alone", Neighbour, 27017, false, null, "27017")]
    [InlineData("the application calls itself by loopback", "127.0.0.1", 3000, false, null, "3000")]
    [InlineData("the application calls itself by its address", Pod, 3000, false, null, "3000")]
    [InlineData("the proxy calls out", Neighbour, 80, true, null, "80")]
    [InlineData("the proxy calls its own application by the pod's address", Pod, 3000, true, null, "15006")]
    [InlineData("the proxy delivers to its application", Pod, 3000, false, "127.0.0.6", "3000")]
    public void From_the_pod(string who, string address, int port, bool isMarked, string? source, string expected)
    {
        Redirect();
        Assert.Equal((who, expected), (who, _pod.Run(() => Connect(address, port, isMarked, source))));
    }

    [SandboxedTheory]
    [InlineData(3000, "15006")]
    [InlineData(9999, "15006")]
    [InlineData(15021, "15021")]
    public void From_a_neighbour(int port, string expected)
    {
        Redirect();
        Assert.Equal(expected, _neighbour.Run(() => Connect(Pod, port, isMarked: false, source: null)));
    }

    [SandboxedFact]
    public void Writing_the_rules_again_replaces_them_and_cleaning_up_removes_them()
    {
        Redirect();
        Redirect("-o", "80,27017");
        Assert.Equal("80", _pod.Run(() => Connect(Neighbour, 80, isMarked: false, source: null)));

        Redirect("--cleanup-only");
        Assert.Equal("27017", _pod.Run(() => Connect(Neighbour, 27017, isMarked: false, source: null)));
        Assert.Equal("3000", _neighbour.Run(() => Connect(Pod, 3000, isMarked: false, source: null)));
    }

    [SandboxedFact]
    public void Only_the_included_networks_go_to_the_proxy()
    {
        Redirect("-i", "192.0.2.0/24", "-o", "");
        Assert.Equal("27017", _pod.Run(() => Connect(Neighbour, 27017, isMarked: false, source: null)));
    }

    [SandboxedTheory]
    [InlineData("the application asks for a name", false, "15053")]
    [InlineData("the proxy asks for a name", true, "53")]
    public void Requests_for_names(string who, bool isMarked, string expected)
    {
        Redirect("--redirect-dns", "--capture-all-dns");
        using var own = Datagrams(_pod, IPAddress.Loopback, 15053);
        using var other = Datagrams(_neighbour, IPAddress.Parse(Neighbour), 53);
        Assert.Equal((who, expected), (who, _pod.Run(() => Ask(isMarked))));
    }

    private Socket Datagrams(NetworkNamespace place, IPAddress address, int port)
    {
        var socket = place.Run(() =>
        {
            var bound = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            bound.Bind(new IPEndPoint(address, port));
            return bound;
        });
        _ = AnswerDatagramAsync(socket, Encoding.ASCII.GetBytes($"{port}"));
        return socket;
    }

    private async Task AnswerDatagramAsync(Socket socket, byte[] name)
    {
        try
        {
            var received = await socket.ReceiveFromAsync(new byte[16], SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
            await socket.SendToAsync(name, SocketFlags.None, received.RemoteEndPoint, _stop.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Nobody has asked here.
        }
    }

    // A socket that is connected takes answers from the server that it asked only: the redirect must not show.
    private static string Ask(bool isMarked)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000 };
        if (isMarked)
        {
            socket.SetRawSocketOption(SolSocket, SoMark, BitConverter.GetBytes(1337));
        }

        socket.Connect(Neighbour, 53);
        socket.Send("who?"u8);
        var buffer = new byte[16];
        return Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer));
    }

    private void Redirect(params string[] more)
    {
        string[] arguments = ["-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT", "-i", "*", "-x", "", "-b", "*", "-d", "15090,15021,15020", "-o", "27017", .. more];
        using var output = new StringWriter();
        Assert.Equal(0, _pod.Run(() => RedirectCommand.Run(arguments, output)));
    }

    private void Listen(NetworkNamespace place, params IEnumerable<int> ports)
    {
        foreach (var port in ports)
        {
            var listener = place.Run(() =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Any, port));
                socket.Listen();
                return socket;
            });
            _listeners.Add(listener);
            _ = AnswerAsync(listener, Encoding.ASCII.GetBytes($"{port}"));
        }
    }

    private async Task AnswerAsync(Socket listener, byte[] name)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var client = await listener.AcceptAsync(_stop.Token);
                await client.SendAsync(name, _stop.Token);
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                continue;
            }
        }
    }

    private static string Connect(string address, int port, bool isMarked, string? source)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 10_000 };
        if (isMarked)
        {
            socket.SetRawSocketOption(SolSocket, SoMark, BitConverter.GetBytes(1337));
        }

        if (source is not null)
        {
            socket.Bind(new IPEndPoint(IPAddress.Parse(source), 0));
        }

        socket.Connect(address, port);
        var buffer = new byte[16];
        return Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer));
    }
}
