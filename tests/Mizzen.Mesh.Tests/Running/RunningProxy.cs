using System.Net;
using Envoy.Config.Cluster.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Translation;
using Mizzen.Identity;
using Mizzen.Netlink;
using Mizzen.Proxy.Commands;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Serving;
using Mizzen.Proxy.Tests.Serving;

namespace Mizzen.Mesh.Tests.Running;

/// <summary>
/// The proxy of one pod, in the pod's own network: configured by what the control plane makes for it, and for a sidecar with the rules
/// of the kernel that bring the pod's connections to it.
/// </summary>
internal sealed class RunningProxy : IAsyncDisposable
{
    private static readonly CertificateAuthority Authority = CertificateAuthority.Create("mesh tests", TimeProvider.System);

    private readonly Engine _engine;

    private RunningProxy(ProxyView view, ProxyResources resources, NetworkNamespace pod, Engine engine, RecordingObserver observer)
    {
        View = view;
        Resources = resources;
        Pod = pod;
        Observer = observer;
        _engine = engine;
    }

    public ProxyView View { get; }

    public ProxyResources Resources { get; }

    public NetworkNamespace Pod { get; }

    public RecordingObserver Observer { get; }

    public static RunningProxy Start(World world, MeshSnapshot mesh, ProxyView view, Names names)
    {
        var resources = new ProxyTranslator().Translate(mesh, view);
        var store = Compile(mesh, view, resources, names);
        var pod = world.AddPod(view.Address);
        var observer = new RecordingObserver();
        var engine = pod.Run(() => Started(observer));
        pod.Run(() => engine.Publish(store.Snapshot()));
        Assert.Empty(engine.ListenerFailures);
        if (view.Type == ProxyType.Sidecar)
        {
            Capture(pod);
        }

        return new RunningProxy(view, resources, pod, engine, observer);
    }

    /// <summary>What the proxy makes of its configuration: it accepts every part of it.</summary>
    public static ResourceStore Compile(MeshSnapshot mesh, ProxyView view, ProxyResources resources, Names names)
    {
        var store = new ResourceStore();
        Put(store, TypeUrls.Cluster, resources.Clusters);
        Put(store, TypeUrls.ClusterLoadAssignment, resources.Endpoints);
        Put(store, TypeUrls.Listener, resources.Listeners);
        Put(store, TypeUrls.RouteConfiguration, resources.Routes);
        Put(store, TypeUrls.Secret, resources.Secrets);
        Identify(store, mesh, view);
        foreach (var cluster in store.DnsClusters.ToList())
        {
            store.Resolve(cluster.Name, [.. Resolved(cluster, names)]);
        }

        return store;
    }

    /// <summary>Gives the proxy the certificate that its agent would fetch.</summary>
    private static void Identify(ResourceStore store, MeshSnapshot mesh, ProxyView view)
    {
        var account = mesh.Workloads.Find(view.Namespace, view.Name)?.ServiceAccount ?? "default";
        var issued = Authority.Issue(CertificateProfile.ForWorkload(SpiffeId.ForServiceAccount(mesh.TrustDomain, view.Namespace, account), TimeSpan.FromHours(1)));
        foreach (var secret in new[] { LocalSecrets.OfCertificate(issued.CertificatePem, issued.PrivateKeyPem), LocalSecrets.OfRoots(Authority.CertificatePem) })
        {
            Assert.Null(store.Put(TypeUrls.Secret, secret.Name, Any.Pack(secret)));
        }
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private static IEnumerable<Proxy.Runtime.EndpointModel> Resolved(Cluster cluster, Names names) =>
        ClusterCompiler.Names(cluster.LoadAssignment).Select(entry => entry.Model(new IPEndPoint(names.Resolve(entry.Name.Address), (int)entry.Name.PortValue)));

    private static void Put(ResourceStore store, string type, IReadOnlyDictionary<string, IMessage> resources)
    {
        foreach (var (name, message) in resources)
        {
            Assert.Null(store.Put(type, name, Any.Pack(message)));
        }

        store.Received(type);
    }

    private static Engine Started(RecordingObserver observer)
    {
        // Threads live where they are started: the loops' connections are made in the pod's network.
        var engine = new Engine(new EngineOptions { Loops = 1, Observer = _ => observer, Log = LogOutput.Silent.For("test") });
        engine.Start();
        return engine;
    }

    private static void Capture(NetworkNamespace pod)
    {
        string[] arguments = ["-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT", "-i", "*", "-x", "", "-b", "*", "-d", "15090,15021,15020"];
        using var output = new StringWriter();
        var code = pod.Run(() => RedirectCommand.Run(arguments, output));
        Assert.True(code == 0, output.ToString());
    }
}
