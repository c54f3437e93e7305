using Mizzen.Proxy.Overload;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Udp;

/// <summary>The listeners of datagrams of one loop. They follow the snapshots.</summary>
internal sealed class UdpListeners(LoopUpstreams upstreams, ConnectionGate gate)
{
    /// <summary>In front of the bindings of datagram sockets: a port may have one of each kind.</summary>
    public const string BindingPrefix = "udp/";

    private readonly Dictionary<string, UdpListener[]> _byBinding = new(StringComparer.Ordinal);

    /// <summary>Whether a binding is that of a datagram socket.</summary>
    public static bool IsFor(string binding) => binding.StartsWith(BindingPrefix, StringComparison.Ordinal);

    /// <summary>The sockets with what they are bound for.</summary>
    public IEnumerable<(string Binding, int Socket)> Sockets =>
        _byBinding.SelectMany(entry => entry.Value, static (entry, listener) => (entry.Key, listener.Socket));

    /// <summary>Takes the listeners of a newer snapshot, with sockets for the bindings that are new to it.</summary>
    /// <param name="listeners">The listeners of datagrams, by binding.</param>
    /// <param name="opened">Sockets by binding.</param>
    public void Apply(IReadOnlyDictionary<string, ListenerModel> listeners, IReadOnlyDictionary<string, int[]> opened)
    {
        foreach (var (binding, running) in _byBinding.Where(entry => listeners.ContainsKey(entry.Key)))
        {
            Array.ForEach(running, listener => listener.Update(listeners[binding]));
        }

        foreach (var binding in _byBinding.Keys.Where(binding => !listeners.ContainsKey(binding)).ToArray())
        {
            _ = _byBinding.Remove(binding, out var gone);
            Array.ForEach(gone!, static listener => listener.Close());
        }

        foreach (var (binding, sockets) in opened)
        {
            _byBinding[binding] = [.. sockets.Select(socket => new UdpListener(upstreams, gate, listeners[binding], socket))];
        }
    }

    /// <summary>Listens no more; sessions end with it.</summary>
    public void Close()
    {
        foreach (var listener in _byBinding.Values.SelectMany(static listeners => listeners))
        {
            listener.Close();
        }

        _byBinding.Clear();
    }
}
