using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Handover;

/// <summary>Listening sockets that an older process has handed over, by what they are bound for.</summary>
internal sealed class InheritedSockets
{
    private readonly Dictionary<string, List<int>> _sockets = new(StringComparer.Ordinal);

    public int Count => _sockets.Count;

    public void Add(string binding, IReadOnlyList<int> sockets)
    {
        if (!_sockets.TryGetValue(binding, out var known))
        {
            _sockets[binding] = known = [];
        }

        known.AddRange(sockets);
    }

    /// <summary>Gives the sockets of a binding away; null when there are none.</summary>
    public int[]? Take(string binding) => _sockets.Remove(binding, out var sockets) ? [.. sockets] : null;

    /// <summary>Closes what nobody has taken: the newer configuration does not listen there.</summary>
    public void CloseRest()
    {
        foreach (var sockets in _sockets.Values)
        {
            ListeningSocket.Close(sockets.ToArray());
        }

        _sockets.Clear();
    }
}
