using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Reading;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>
/// What is wrong between the objects of a mesh: references to what does not exist, rules that others hide, settings that have no effect.
/// A pure function; codes and levels are Istio's where it has them (<see cref="Resources.Validation.IstioCodes"/>).
/// </summary>
public static class MeshAnalysis
{
    /// <summary>Everything that is found, by object.</summary>
    /// <param name="mesh">The mesh.</param>
    public static IReadOnlyList<Problem> Analyze(MeshSnapshot mesh)
    {
        ArgumentNullException.ThrowIfNull(mesh);
        return
        [
            .. mesh.Problems
                .Concat(VirtualServiceAnalysis.Of(mesh))
                .Concat(HiddenRules.Of(mesh))
                .Concat(DestinationRuleAnalysis.Of(mesh))
                .Concat(GatewayAnalysis.Of(mesh))
                .Concat(ServiceAnalysis.Of(mesh))
                .Concat(SidecarAnalysis.Of(mesh))
                .Concat(PolicyAnalysis.Of(mesh))
                .Concat(UnsupportedFields.Of(mesh))
                .Concat(mesh.EnvoyFilters.Problems)
                .OrderBy(problem => problem.Key?.ToString() ?? "", StringComparer.Ordinal)
                .ThenBy(problem => problem.Path, StringComparer.Ordinal)
                .ThenBy(problem => problem.Code, StringComparer.Ordinal),
        ];
    }
}
