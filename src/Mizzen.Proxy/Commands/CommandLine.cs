using Mizzen.Netlink;

namespace Mizzen.Proxy.Commands;

/// <summary>The program's command line.</summary>
internal static class CommandLine
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int Usage = 2;

    private const string Help = """
        mizzen-proxy: the data plane of a service mesh

        usage:
          mizzen-proxy proxy sidecar|router [flags]   serve what a control plane says (Istio's pilot-agent flags and environment)
          mizzen-proxy --config FILE [flags]          serve what a file says (Envoy's bootstrap as JSON)
          mizzen-proxy istio-iptables [flags]         bring the traffic of this network namespace to the proxy
          mizzen-proxy wait [flags]                   return when the proxy of this pod is ready
          mizzen-proxy explain <QUESTION              say what a configuration does with requests, without serving
          mizzen-proxy --version
          mizzen-proxy COMMAND --help

        """;

    /// <summary>Runs what the arguments ask for and returns the exit code: 0, 1 when it failed, 2 when it was not understood.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        try
        {
            return await DispatchAsync(arguments, output, errors);
        }
        catch (UsageException error)
        {
            await errors.WriteLineAsync($"mizzen-proxy: {error.Message}");
            return Usage;
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException or NetlinkException or InvalidOperationException)
        {
            await errors.WriteLineAsync($"mizzen-proxy: {error.Message}");
            return Failure;
        }
    }

    private static async Task<int> DispatchAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        switch (arguments)
        {
            case [] or ["--help" or "-h" or "help"]:
                await output.WriteAsync(Help);
                return Success;
            case ["--version" or "version", ..]:
                await output.WriteLineAsync($"mizzen-proxy {ProgramVersion.Text}");
                return Success;
            case [ProxyCommand.Name, ..]:
                return await ProxyCommand.RunAsync(arguments[1..], output);
            case [RedirectCommand.Name, ..]:
                return RedirectCommand.Run(arguments.AsSpan(1), output);
            case [ExplainCommand.Name, ..]:
                return await ExplainCommand.RunAsync(arguments[1..], Console.In, output);
            case [WaitCommand.Name, ..]:
                return await WaitCommand.RunAsync(arguments[1..], output, errors, TimeProvider.System);
            case [var first, ..] when first.StartsWith('-'):
                return await StaticCommand.RunAsync(arguments, output);
            default:
                throw new UsageException($"there is no command '{arguments[0]}': there are proxy, istio-iptables, wait, explain and --config FILE (see  mizzen-proxy --help)");
        }
    }
}
