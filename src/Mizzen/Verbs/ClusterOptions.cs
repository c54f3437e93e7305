using System.CommandLine;
using Mizzen.Clusters;

namespace Mizzen.Verbs;

/// <summary>The options that several verbs share, so that they read alike everywhere.</summary>
internal static class ClusterOptions
{
    /// <param name="isNameTaken">The verb has a <c>--name</c> of istioctl's: then only the long form <c>--local-cluster</c> is there.</param>
    public static Option<ClusterName> Name(bool isNameTaken = false) => new(isNameTaken ? "--local-cluster" : "--name", isNameTaken ? [] : ["--local-cluster"])
    {
        Description = "The local cluster (lower-case letters, digits, '-'). Several can run at once.",
        HelpName = "NAME",
        DefaultValueFactory = _ => ClusterName.Default,
        CustomParser = result =>
        {
            var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
            if (!ClusterName.TryParse(text, out var name))
            {
                result.AddError($"'{text}' is not a cluster name: use lower-case letters, digits and '-', at most 40");
            }

            return name;
        },
    };

    public static Option<string?> Kubeconfig() => new("--kubeconfig")
    {
        Description = "Talk to the cluster of this kubeconfig instead of a local one.",
        HelpName = "FILE",
    };

    public static Option<string?> Namespace() => new("--namespace", "-n")
    {
        Description = "The namespace; 'default' unless the object names one.",
        HelpName = "NAMESPACE",
    };

    public static Option<string> IstioNamespace() => new("--istioNamespace", "-i")
    {
        Description = "Where the control plane runs.",
        HelpName = "NAMESPACE",
        DefaultValueFactory = _ => "istio-system",
    };

    /// <summary>Fills the start options of <c>up</c> and <c>demo</c>.</summary>
    public static Option<int> Port(string name, int defaultPort, string description) => new(name)
    {
        Description = description,
        HelpName = "PORT",
        DefaultValueFactory = _ => defaultPort,
        Validators =
        {
            result =>
            {
                if (result.GetValueOrDefault<int>() is < 0 or > 65535)
                {
                    result.AddError($"{name} takes a port from 0 to 65535 (0: any free one)");
                }
            },
        },
    };
}
