using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>Workloads behind services that contradict each other, and apps that the redirect would take for the proxy.</summary>
internal static class DeploymentAnalysis
{
    private const int ProxyUser = 1337;

    /// <summary>Services of the same pods that disagree about a port.</summary>
    public static IEnumerable<Problem> Services(AnalysisInput input) => input.Pods.Where(pod => !pod.IsPod).SelectMany(pod => OfWorkload(pod, input));

    /// <summary>Apps that run as the proxy's user: what they send is taken for the proxy's and passes it by.</summary>
    public static IEnumerable<Problem> Users(AnalysisInput input)
    {
        foreach (var pod in input.Pods)
        {
            var own = pod.Template.Number("spec", "securityContext", "runAsUser") == ProxyUser;
            var containers = pod.Template.At("spec", "containers").Objects().ToList();
            var index = containers.FindIndex(container => container.Text("name") != "istio-proxy" && container.Number("securityContext", "runAsUser") == ProxyUser);
            if (own || index >= 0)
            {
                yield return new Problem(
                    IstioCodes.InvalidApplicationUID, AnalysisInput.KeyOf(pod.Owner), pod.Path + (own ? "spec.securityContext.runAsUser" : $"spec.containers[{index}].securityContext.runAsUser"), "User ID (UID) 1337 is reserved for the sidecar proxy.", "run the app as another user");
            }
        }
    }

    /// <summary>ExternalName services whose port would make an opaque listener on every address.</summary>
    public static IEnumerable<Problem> ExternalNames(AnalysisInput input)
    {
        foreach (var service in input.Of("Service").Where(service => service.Text("spec", "type") == "ExternalName"))
        {
            var ports = service.At("spec", "ports").Objects().ToList();
            for (var i = 0; i < ports.Count; i++)
            {
                if (ports[i].Text("name") is var name && (name.Length == 0 || name == "tcp" || name.StartsWith("tcp-", StringComparison.Ordinal)))
                {
                    yield return new Problem(
                        IstioCodes.ExternalNameServiceTypeInvalidPortName, AnalysisInput.KeyOf(service), $"spec.ports[{i}].name", "Port name for ExternalName service is invalid. Proxy may prevent tcp named ports and unmatched traffic for ports serving TCP protocol from being forwarded correctly", "name the port by its protocol, for example http or https");
                }
            }
        }
    }

    private static IEnumerable<Problem> OfWorkload(PodFacts pod, AnalysisInput input)
    {
        var ports = input.Of("Service")
            .Where(service => service.Text("metadata", "namespace") == pod.Namespace && service.At("spec", "selector") is JsonObject { Count: > 0 } selector && Labels.Include(pod.Labels, selector.TextMap()))
            .SelectMany(service => service.At("spec", "ports").Objects().Select(port => new ServedPort(service.Text("metadata", "name"), port)))
            .ToList();
        var key = AnalysisInput.KeyOf(pod.Owner);
        foreach (var same in ports.GroupBy(port => port.Number).Where(group => group.Select(port => port.Protocol).Distinct().Count() > 1))
        {
            yield return new Problem(
                IstioCodes.DeploymentAssociatedToMultipleServices,
                key,
                "",
                string.Create(CultureInfo.InvariantCulture, $"This deployment {pod} is associated with multiple services using port {same.Key} but different protocols: [{string.Join(" ", same.Select(port => port.Service).Distinct())}]"),
                "give the port one protocol in all of them");
        }

        foreach (var same in ports.GroupBy(port => port.Target).Where(group => group.Select(port => port.Service).Distinct().Count() > 1 && group.Select(port => port.Number).Distinct().Count() > 1))
        {
            yield return new Problem(
                IstioCodes.DeploymentConflictingPorts,
                key,
                "",
                $"This deployment {pod} is associated with multiple services [{string.Join(" ", same.Select(port => port.Service).Distinct())}] using targetPort \"{same.Key}\" but different ports: [{string.Join(" ", same.Select(port => port.Number).Distinct())}].",
                "use one port number in all of them");
        }
    }

    private sealed record ServedPort(string Service, JsonObject Port)
    {
        public int Number => Port.Number("port") ?? 0;

        public string Target => Port.Text("targetPort") is { Length: > 0 } target ? target : Port.Text("port");

        /// <summary>The declared protocol, or the transport.</summary>
        public string Protocol => Port.Text("appProtocol") is { Length: > 0 } declared ? declared : Port.Text("name") is { Length: > 0 } name ? name.Split('-')[0] : Port.Text("protocol");
    }
}
