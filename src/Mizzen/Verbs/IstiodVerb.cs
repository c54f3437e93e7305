using System.CommandLine;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.ControlPlane;
using Mizzen.Hosting;
using Mizzen.Logging;

namespace Mizzen.Verbs;

/// <summary><c>mizzen istiod discovery</c>: the control plane, as a pod of any Kubernetes runs it.</summary>
internal static class IstiodVerb
{
    public static Command Create()
    {
        var kubeconfig = ClusterOptions.Kubeconfig();
        var discovery = new Command("discovery", "Serve xDS, sidecar injection and validation until told to end") { kubeconfig };
        discovery.SetAction(async (result, cancellationToken) =>
        {
            using var loggers = ProgramLogging.Create(LogLevel.Information);
            using var memory = new IdleMemory(TimeProvider.System);
            using var http = result.GetValue(kubeconfig) is { } file ? ClientConnection.FromKubeconfig(file) : InCluster();
            await Istiod.RunAsync(IstiodOptions.FromEnvironment(Environment.GetEnvironmentVariable), new ResourceClient(http), loggers, TimeProvider.System, cancellationToken);
            return ExitCode.Success;
        });
        return new Command("istiod", "The mesh's control plane (runs as a pod)") { discovery };
    }

    private static HttpClient InCluster()
    {
        try
        {
            return ClientConnection.InCluster();
        }
        catch (InvalidOperationException error)
        {
            throw new UserErrorException($"{error.Message}; outside of a cluster name one with --kubeconfig", error);
        }
    }
}
