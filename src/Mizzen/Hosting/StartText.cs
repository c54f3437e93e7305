using Mizzen.Clusters;

namespace Mizzen.Hosting;

/// <summary>What <c>mizzen up</c> says once it is ready.</summary>
internal static class StartText
{
    public static string WhatToTry(ClusterSettings settings, ClusterRecord record)
    {
        var name = NameOption(settings);
        return $"""

            Cluster {settings.Name} is ready.

              export KUBECONFIG=$(./mizzen kubeconfig --path{name})
              kubectl get pods -A
              kubectl label namespace default istio-injection=enabled     (pods made from then on get a sidecar)
              {record.Gateway}                                       (the ingress gateway)
              {EndHint(settings)}

            """;
    }

    /// <summary>The option that names this cluster; empty for the default one.</summary>
    public static string NameOption(ClusterSettings settings) =>
        settings.Name == ClusterName.Default.Value ? "" : $" --name {settings.Name}";

    /// <summary>How the cluster is ended.</summary>
    public static string EndHint(ClusterSettings settings) =>
        settings.Detached ? $"./mizzen down{NameOption(settings)}" : "Ctrl-C ends it.";
}
