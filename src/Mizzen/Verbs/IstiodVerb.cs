using System.CommandLine;
using System.Net;
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
        var plain = PlainAddress();
        var discovery = new Command("discovery", "Serve xDS, sidecar injection and validation until told to end") { kubeconfig, plain };
        discovery.SetAction(async (result, cancellationToken) =>
        {
            using var loggers = ProgramLogging.Create(LogLevel.Information);
            using var memory = new IdleMemory(TimeProvider.System);
            using var http = result.GetValue(kubeconfig) is { } file ? ClientConnection.FromKubeconfig(file) : InCluster();
            var options = IstiodOptions.FromEnvironment(Environment.GetEnvironmentVariable) with { PlainDiscoveryPort = result.GetValue(plain) };
            await Istiod.RunAsync(options, new ResourceClient(http), loggers, TimeProvider.System, cancellationToken);
            return ExitCode.Success;
        });
        return new Command("istiod", "The mesh's control plane (runs as a pod)") { discovery };
    }

    // Istio's name and default form; an address that others could reach is refused: whoever asks there is believed.
    private static Option<int?> PlainAddress() => new("--grpcAddr")
    {
        Description = "Serve xDS in plain on this port of loopback, too, for gRPC programs and Envoys of your own (:15010 as in Istio). Off by default.",
        HelpName = "[127.0.0.1]:PORT",
        CustomParser = result =>
        {
            var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
            if (IPEndPoint.TryParse(text.StartsWith(':') ? "127.0.0.1" + text : text, out var address) && address.Port > 0 && IPAddress.IsLoopback(address.Address))
            {
                return address.Port;
            }

            result.AddError($"--grpcAddr takes :PORT or 127.0.0.1:PORT, not '{text}': the plain port is served on loopback only");
            return null;
        },
    };

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
