using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Controllers.Services;

/// <summary>One pod behind a service, as endpoints are made from it.</summary>
/// <param name="Pod">The pod.</param>
/// <param name="Address">Its address.</param>
/// <param name="Serving">Whether it passes its readiness probes, or the service does not care.</param>
/// <param name="Terminating">Whether it is on its way out.</param>
/// <param name="Hostname">Its name below the service's; null when it has none.</param>
/// <param name="Ports">Where the service's ports lead on this pod; a named port may lead elsewhere on each.</param>
internal sealed record ServiceBackend(Pod Pod, string Address, bool Serving, bool Terminating, string? Hostname, IReadOnlyList<TargetPort> Ports)
{
    /// <summary>Whether new connections should go there.</summary>
    public bool Ready { get; init; } = Serving && !Terminating;

    /// <summary>The pods that a service leads to, in the order of their names.</summary>
    public static IReadOnlyList<ServiceBackend> Of(Service service, IEnumerable<Pod> pods)
    {
        if (service.Spec?.Selector is not { Count: > 0 } labels)
        {
            return [];
        }

        var selector = new Mizzen.Resources.Meta.LabelSelector { MatchLabels = labels };
        return
        [
            .. pods
                .Where(pod => selector.Matches(pod.Metadata.Labels) && !PodReadiness.IsFinished(pod) && !string.IsNullOrEmpty(pod.Status?.PodIp))
                .OrderBy(pod => pod.Metadata.Name, StringComparer.Ordinal)
                .Select(pod => Of(service, pod)),
        ];
    }

    private static ServiceBackend Of(Service service, Pod pod)
    {
        var anyway = service.Spec?.PublishNotReadyAddresses == true;
        var terminating = pod.Metadata.DeletionTimestamp is not null;
        var serving = PodReadiness.IsReady(pod);
        var hostname = pod.Spec?.Hostname is { Length: > 0 } name && pod.Spec.Subdomain == service.Metadata.Name ? name : null;
        return new ServiceBackend(pod, pod.Status!.PodIp!, serving, terminating, hostname, TargetPort.Of(service, pod))
        {
            Ready = anyway || (serving && !terminating && !OutOfServiceAnnotation.IsOn(pod)),
        };
    }
}

/// <summary>Where one port of a service leads on one pod.</summary>
internal readonly record struct TargetPort(string Name, int Port, string Protocol, string? AppProtocol)
{
    /// <summary>The ports that the pod has; a named one that no container declares is left out, as Kubernetes does.</summary>
    public static IReadOnlyList<TargetPort> Of(Service service, Pod pod)
    {
        var ports = new List<TargetPort>();
        foreach (var port in service.Spec?.Ports ?? [])
        {
            var protocol = port.Protocol ?? "TCP";
            if (Number(pod, port, protocol) is { } number)
            {
                ports.Add(new TargetPort(port.Name ?? "", number, protocol, port.AppProtocol));
            }
        }

        return ports;
    }

    private static int? Number(Pod pod, ServicePort port, string protocol)
    {
        if (port.TargetPort is not { } target || target.Number == 0 || target.Text is { Length: 0 })
        {
            return port.Port;
        }

        return target.Number ?? Declared(pod)
            .Where(candidate => candidate.Name == target.Text && (candidate.Protocol ?? "TCP") == protocol)
            .Select(candidate => (int?)candidate.Port)
            .FirstOrDefault();
    }

    // Sidecars are init containers that stay; their ports count too.
    private static IEnumerable<ContainerPort> Declared(Pod pod) =>
        (pod.Spec?.Containers ?? [])
            .Concat((pod.Spec?.InitContainers ?? []).Where(container => container.RestartPolicy == "Always"))
            .SelectMany(container => container.Ports ?? []);
}
