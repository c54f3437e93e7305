using System.Buffers.Binary;
using System.Net;

namespace Mizzen.Cluster.Network;

/// <summary>The pod addresses of one node: 10.244.N.0/24, of which .1 is the way out.</summary>
public sealed class NodeRange
{
    /// <summary>How the address of the node itself ends.</summary>
    public const byte NodeItself = 1;

    private const uint FirstPod = 2;
    private const uint LastPod = 254;

    private readonly Lock _lock = new();
    private readonly HashSet<uint> _taken = [];
    private readonly uint _base;
    private uint _next = FirstPod;

    /// <summary>The range of the node with this number, 1 to 254.</summary>
    public NodeRange(int number)
    {
        _base = 0x0AF40000u | ((uint)number << 8);
        Gateway = Address(NodeItself);
    }

    /// <summary>The address by which pods reach everything.</summary>
    public IPAddress Gateway { get; }

    /// <summary>The range as Kubernetes writes it.</summary>
    public string Cidr => $"{Address(0)}/24";

    /// <summary>Takes a free address; the one given back longest ago comes last, so that old connections do not meet new pods.</summary>
    /// <exception cref="InvalidOperationException">All 253 are taken.</exception>
    public IPAddress Take()
    {
        lock (_lock)
        {
            for (var tried = FirstPod; tried <= LastPod; tried++)
            {
                var candidate = _next;
                _next = _next == LastPod ? FirstPod : _next + 1;
                if (_taken.Add(candidate))
                {
                    return Address(candidate);
                }
            }
        }

        throw new InvalidOperationException($"all pod addresses of {Cidr} are taken");
    }

    /// <summary>Gives an address back.</summary>
    public void Return(IPAddress address)
    {
        lock (_lock)
        {
            _taken.Remove(address.GetAddressBytes()[3]);
        }
    }

    private IPAddress Address(uint host)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, _base | host);
        return new IPAddress(bytes);
    }
}
