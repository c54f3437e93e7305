using System.CommandLine;
using Mizzen.Terminal;
using Mizzen.Verbs;

namespace Mizzen;

/// <summary>The <c>mizzen</c> program: one verb a file in <c>Verbs/</c>, this is their list.</summary>
internal static class Program
{
    // After Ctrl-C: what a verb has changed for a while, it changes back.
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(100);

    private static async Task<int> Main(string[] arguments)
    {
        var root = new RootCommand("Mizzen: a service mesh that takes Istio's configuration, with a Kubernetes-compatible cluster of its own")
        {
            // A cluster on this machine
            DemoVerb.Create(),
            UpVerb.Create(),
            DownVerb.Create(),
            StatusVerb.Create(),
            KubeconfigVerb.Create(),
            NodeVerb.Create(),

            // Objects of any Kubernetes API, for machines without kubectl
            ApplyVerb.Create(),
            GetVerb.Create(),
            DeleteVerb.Create(),
            LogsVerb.Create(),

            // The mesh
            GraphVerb.Create(),
            DevVerb.Create(),
            ExplainVerb.Create(),
            DiffVerb.Create(),
            AnalyzeVerb.Create(),
            ValidateVerb.Create(),
            ProxyStatusVerb.Create(),
            KubeInjectVerb.Create(),
            ProxyConfigVerb.Create(),
            BootstrapVerb.Create(),

            // This machine
            ImageVerb.Create(),
            CompletionVerb.Create(),

            // Programs of the cluster and the mesh
            IstiodVerb.Create(),
            ClusterProcessVerb.Create(),
        };

        VerbCommand.ShowExamples(root);
        try
        {
            return await root.Parse(arguments).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = EndPatience });
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (UserErrorException error)
        {
            await Console.Error.WriteLineAsync($"mizzen: {error.Message}");
            return ExitCode.Failure;
        }
    }
}
