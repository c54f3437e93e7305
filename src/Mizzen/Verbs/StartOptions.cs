using System.CommandLine;
using System.CommandLine.Parsing;
using Mizzen.Clusters;

namespace Mizzen.Verbs;

/// <summary>The options with which a local cluster is started, by <c>up</c> and by <c>demo</c>.</summary>
internal sealed class StartOptions
{
    private const int MaximumNodes = 32;

    private readonly Option<ClusterName> _name = ClusterOptions.Name();
    private readonly Option<int> _gatewayPort = ClusterOptions.Port("--gateway-port", 8080, "The ingress gateway's port on 127.0.0.1.");
    private readonly Option<int> _apiPort = ClusterOptions.Port("--api-port", 0, "The Kubernetes API's port on 127.0.0.1.");

    private readonly Option<bool> _detach = new("--detach", "-d") { Description = "Return when the cluster is ready; end it with 'mizzen down'." };

    private readonly Option<int> _nodes = new("--nodes")
    {
        Description = $"How many nodes the pods are spread over (1 to {MaximumNodes}).",
        DefaultValueFactory = _ => 4,
        Validators =
        {
            result =>
            {
                if (result.GetValueOrDefault<int>() is < 1 or > MaximumNodes)
                {
                    result.AddError($"--nodes takes a number from 1 to {MaximumNodes}");
                }
            },
        },
    };

    private readonly Option<string?> _kubeconfig = new("--kubeconfig")
    {
        Description = "Write the kubeconfig here too. An existing file is replaced only if an earlier 'mizzen up' wrote it.",
        HelpName = "FILE",
    };

    private readonly Option<Dictionary<string, string>> _outside = new("--outside")
    {
        Description = "Let a host name outside the cluster be answered by HOST:PORT of this machine.",
        HelpName = "NAME=HOST:PORT",
        DefaultValueFactory = _ => [],
        CustomParser = ParseOutside,
    };

    public bool IsDetached(ParseResult result) => result.GetValue(_detach);

    public ClusterName NameIn(ParseResult result) => result.GetValue(_name);

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _name, _nodes, _detach, _gatewayPort, _apiPort, _kubeconfig, _outside })
        {
            command.Options.Add(option);
        }
    }

    public ClusterSettings Read(ParseResult result) => new()
    {
        Name = result.GetValue(_name).Value,
        Nodes = result.GetValue(_nodes),
        GatewayPort = result.GetValue(_gatewayPort),
        ApiPort = result.GetValue(_apiPort),
        Kubeconfig = result.GetValue(_kubeconfig) is { } file ? Path.GetFullPath(file) : null,
        Outside = result.GetValue(_outside) ?? [],
        Detached = result.GetValue(_detach),
    };

    private static Dictionary<string, string> ParseOutside(ArgumentResult result)
    {
        var aliases = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var token in result.Tokens)
        {
            var parts = token.Value.Split('=', 2);
            if (parts is [{ Length: > 0 } name, { } target] && target.LastIndexOf(':') is > 0 and var colon
                && ushort.TryParse(target.AsSpan(colon + 1), out _))
            {
                aliases[name] = target;
            }
            else
            {
                result.AddError($"--outside takes NAME=HOST:PORT, for example --outside api.example=127.0.0.1:9000; '{token.Value}' is not that");
            }
        }

        return aliases;
    }
}
