using System.Collections;
using System.CommandLine;
using Mizzen.Client;
using Mizzen.Development;

namespace Mizzen.Verbs;

/// <summary><c>mizzen dev</c>: one workload of the mesh is a program of yours, from the editor or the debugger, until it ends.</summary>
internal static class DevVerb
{
    private const string About = """
        Run a program of yours in the place of a workload's pods

        The program starts in this folder and in the mesh: with the workload's variables, volumes, service account and sidecar, and with the
        workload's traffic as soon as it listens. Until then, and again when it has ended, the workload's own pods answer.

          mizzen dev cart -- dotnet watch
          mizzen dev deployment/cart-canary -e LOG_LEVEL=debug -- node --inspect cart.js
        """;

    // What tool chains need to find themselves; the rest of the user's environment is nobody's business in the mesh.
    private static readonly string[] PassedOn =
        ["PATH", "HOME", "USER", "SHELL", "TERM", "LANG", "TZ", "DOTNET_ROOT", "NUGET_PACKAGES", "JAVA_HOME", "GOPATH", "GOROOT", "NVM_DIR", "VIRTUAL_ENV", "PYTHONPATH", "CARGO_HOME"];

    public static Command Create()
    {
        var name = ClusterOptions.Name();
        var ns = ClusterOptions.Namespace();
        var container = new Option<string?>("--container", "-c") { Description = "The container to replace, when there are several.", HelpName = "NAME" };
        var variables = new Option<string[]>("--env", "-e") { Description = "A variable for the program: NAME=VALUE, or NAME to pass yours on.", HelpName = "NAME[=VALUE]", DefaultValueFactory = _ => [] };
        var target = new Argument<string>("WORKLOAD") { Description = "A service, or deployment/NAME." };
        var program = new Argument<string[]>("COMMAND") { Description = "After --: the program and its arguments.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("dev", About) { target, program, ns, container, variables, name };
        command.SetAction(async (result, cancellationToken) =>
        {
            // Only a local cluster can run a program of this machine, so no other can be named.
            using var http = ClientConnection.FromKubeconfig(Clusters.RunningCluster.Require(result.GetValue(name)).Directory.Kubeconfig);
            var client = new ResourceClient(http);
            var deployment = await new DevelopmentTarget(client, result.GetValue(ns) ?? "default").FindAsync(result.GetValue(target)!, cancellationToken);
            var chosen = new DevelopmentProgram(result.GetValue(program)!, Environment.CurrentDirectory, VariablesOf(result.GetValue(variables)!));
            return await RunAsync(new DevelopmentSession(client, Console.Error, TimeProvider.System), deployment, result.GetValue(container), chosen, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        DevelopmentSession session, Resources.Apps.Deployment deployment, string? container, DevelopmentProgram program, CancellationToken cancellationToken)
    {
        try
        {
            return await session.RunAsync(deployment, container, program, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C is how it is meant to end.
            return ExitCode.Success;
        }
        catch (ApiException error)
        {
            throw new UserErrorException(error.Message, error);
        }
    }

    private static Dictionary<string, string> VariablesOf(IEnumerable<string> wanted)
    {
        var own = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");
        var values = PassedOn.Where(own.ContainsKey).ToDictionary(variable => variable, variable => own[variable]);
        foreach (var word in wanted)
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? word : word[..equals];
            values[name] = equals >= 0 ? word[(equals + 1)..]
                : own.TryGetValue(name, out var value) ? value
                : throw new UserErrorException($"--env {name}: there is no such variable here; give it a value: --env {name}=VALUE");
        }

        return values;
    }
}
