using Mizzen.Clusters;

namespace Mizzen.Demo;

/// <summary>What the demo says once it runs: where things are, and what to try next.</summary>
internal static class DemoText
{
    public static string WhatToTry(ClusterSettings settings, ClusterRecord record)
    {
        var name = settings.Name == ClusterName.Default.Value ? "" : $" --name {settings.Name}";
        return $"""

            The time app runs:  frontend -> middleware (prod and canary) -> backend -> {TimeSample.OutsideHost} (outside the mesh)

              curl {record.Gateway}
              export KUBECONFIG=$(./mizzen kubeconfig --path{name})
              kubectl get pods -o wide
              kubectl apply -f samples/time/steps/4-subsets.yaml     (the nine steps: samples/time/README.md)
              ./mizzen graph{name}
              ./mizzen demo --tour{name}                              (walks all steps and measures them)

            """;
    }
}
