using System.Runtime.CompilerServices;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Scheduling;

/// <summary>What a pod takes of its node.</summary>
/// <param name="Requests">Amounts by resource, in units (CPUs, bytes).</param>
/// <param name="HostPorts">Ports of the node that it wants.</param>
internal sealed record PodDemand(IReadOnlyDictionary<string, decimal> Requests, IReadOnlyList<HostPort> HostPorts)
{
    public const string Cpu = "cpu";
    public const string Memory = "memory";

    // What a pod without requests counts for when nodes are compared, so that many small ones spread (Kubernetes' values).
    private const decimal AssumedCpu = 0.1m;
    private const decimal AssumedMemory = 200 * 1024 * 1024;

    private static readonly ConditionalWeakTable<Pod, PodDemand> Known = [];

    /// <summary>The CPUs that it counts for when nodes are compared.</summary>
    public decimal ComparedCpu => Requests.GetValueOrDefault(Cpu, AssumedCpu);

    /// <summary>The bytes that it counts for when nodes are compared.</summary>
    public decimal ComparedMemory => Requests.GetValueOrDefault(Memory, AssumedMemory);

    public static PodDemand Of(Pod pod) => Known.GetValue(pod, Compute);

    private static PodDemand Compute(Pod pod)
    {
        var spec = pod.Spec ?? new PodSpec();
        var requests = RequestsOf(spec);
        foreach (var (name, amount) in Parse(spec.Resources))
        {
            requests[name] = amount;
        }

        foreach (var (name, text) in spec.Overhead ?? new Dictionary<string, string>())
        {
            if (Quantity.TryParse(text, out var amount))
            {
                requests[name] = requests.GetValueOrDefault(name) + amount;
            }
        }

        var ports = (spec.Containers ?? []).SelectMany(container => container.Ports ?? []).Where(port => port.HostPort > 0);
        return new PodDemand(requests, [.. ports.Select(port => new HostPort(port.HostIp ?? "", port.Protocol ?? "TCP", port.HostPort!.Value))]);
    }

    // Containers run together; init containers run before, one at a time, beside the sidecars started so far.
    private static Dictionary<string, decimal> RequestsOf(PodSpec spec)
    {
        Dictionary<string, decimal> sidecars = [], peak = [];
        foreach (var init in spec.InitContainers ?? [])
        {
            var own = Parse(init.Resources);
            if (init.RestartPolicy == "Always")
            {
                Add(sidecars, own);
                Raise(peak, sidecars);
            }
            else
            {
                Add(own, sidecars);
                Raise(peak, own);
            }
        }

        foreach (var container in spec.Containers ?? [])
        {
            Add(sidecars, Parse(container.Resources));
        }

        Raise(peak, sidecars);
        return peak;
    }

    private static Dictionary<string, decimal> Parse(ResourceRequirements? resources)
    {
        var amounts = new Dictionary<string, decimal>();
        foreach (var (name, text) in (resources?.Limits ?? new Dictionary<string, IntOrString>()).Concat(resources?.Requests ?? new Dictionary<string, IntOrString>()))
        {
            if (Quantity.TryParse(text.ToString(), out var amount))
            {
                amounts[name] = amount;
            }
        }

        return amounts;
    }

    private static void Add(Dictionary<string, decimal> to, Dictionary<string, decimal> what)
    {
        foreach (var (name, amount) in what)
        {
            to[name] = to.GetValueOrDefault(name) + amount;
        }
    }

    private static void Raise(Dictionary<string, decimal> to, Dictionary<string, decimal> atLeast)
    {
        foreach (var (name, amount) in atLeast)
        {
            to[name] = Math.Max(to.GetValueOrDefault(name), amount);
        }
    }
}

/// <summary>A port of the node itself; an empty address means all of them.</summary>
internal readonly record struct HostPort(string Address, string Protocol, int Port)
{
    public bool Conflicts(HostPort other) =>
        Port == other.Port && Protocol == other.Protocol && (IsWildcard(Address) || IsWildcard(other.Address) || Address == other.Address);

    private static bool IsWildcard(string address) => address is "" or "0.0.0.0";
}
