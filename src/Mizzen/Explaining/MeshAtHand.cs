using System.Net;
using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Offline;
using Mizzen.ControlPlane.Translation;
using Mizzen.Inspection;
using Mizzen.Manifests;
using Mizzen.Pods;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.Explaining;

/// <summary>The mesh of some objects, and what each proxy would be configured with: the control plane's translator, here.</summary>
internal sealed class MeshAtHand
{
    private static readonly Dictionary<string, string> NoLabels = [];

    private readonly ProxyTranslator _translator = new();
    private readonly MeshSnapshot _mesh;

    private MeshAtHand(ObjectSet objects, MeshSnapshot mesh)
    {
        Objects = objects;
        _mesh = mesh;
    }

    public ObjectSet Objects { get; }

    /// <summary>What is wrong with objects that therefore do not count.</summary>
    public IReadOnlyList<Problem> Refused => [.. _mesh.Problems.Where(problem => IstioCodes.IsError(problem.Code)).Select(Objects.Place)];

    /// <exception cref="UserErrorException">The mesh's settings cannot be read.</exception>
    public static MeshAtHand Of(ObjectSet objects, string rootNamespace)
    {
        try
        {
            return new MeshAtHand(objects, MeshSnapshot.Of(MeshObjects.Read(objects.Objects, MeshObjects.ReadConfig(objects.Objects, rootNamespace))));
        }
        catch (FormatException error)
        {
            throw new UserErrorException(error.Message, error);
        }
    }

    /// <summary>The trust domain of the mesh's identities.</summary>
    public string TrustDomain => _mesh.TrustDomain.Name;

    /// <summary>What the proxy of a pod would have.</summary>
    public ConfigDump DumpOf(Pod pod) => ConfigDump.Parse(ResourceDump.Of(_translator.Translate(_mesh, ViewOf(pod))).ToJsonString(), pod.ToString());

    /// <summary>Whether a pod's proxy is a gateway.</summary>
    public static bool IsGateway(Pod pod) =>
        pod.Object.At("spec", "containers").Objects().Where(container => container.Text("name") == "istio-proxy").Any(container => container["args"].Texts().Contains("router"));

    private static ProxyView ViewOf(Pod pod) => new(
        IsGateway(pod) ? ProxyType.Router : ProxyType.Sidecar,
        IPAddress.TryParse(pod.Object.Text("status", "podIP"), out var address) ? address : IPAddress.None,
        pod.Name,
        pod.Namespace,
        pod.Object.At("metadata", "labels") is JsonObject labels ? labels.TextMap() : NoLabels);
}
