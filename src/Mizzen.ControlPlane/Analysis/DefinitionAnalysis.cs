using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>CustomResourceDefinitions of the Gateway API that are older than what the mesh reads.</summary>
internal static class DefinitionAnalysis
{
    private const string BundleVersion = "gateway.networking.k8s.io/bundle-version";
    private static readonly Version Oldest = new(1, 0);
    private static readonly Version Soon = new(1, 1);

    private static readonly Dictionary<string, Version> Minimum = new(StringComparer.Ordinal)
    {
        ["grpcroutes.gateway.networking.k8s.io"] = new Version(1, 1),
        ["backendtlspolicies.gateway.networking.k8s.io"] = new Version(1, 4),
        ["tlsroutes.gateway.networking.k8s.io"] = new Version(1, 5),
        ["tcproutes.gateway.networking.k8s.io"] = new Version(1, 6),
    };

    public static IEnumerable<Problem> Of(AnalysisInput input)
    {
        foreach (var definition in input.Of("CustomResourceDefinition"))
        {
            var text = definition.At("metadata", "annotations").TextMap().GetValueOrDefault(BundleVersion) ?? "";
            if (Version.TryParse(text.TrimStart('v').Split('-')[0], out var version) && Check(definition.Text("metadata", "name"), version, text) is var (code, message))
            {
                yield return new Problem(code, AnalysisInput.KeyOf(definition), $"metadata.annotations.{BundleVersion}", message, "apply the definitions of a newer release of the Gateway API");
            }
        }
    }

    private static (string Code, string Message)? Check(string name, Version version, string text) => version switch
    {
        _ when version < Oldest => (IstioCodes.UnsupportedGatewayAPIVersion, $"The Gateway API CRD version {text} is lower than the minimum version: v{Oldest}"),
        _ when Minimum.TryGetValue(name, out var minimum) && version < minimum => (IstioCodes.GatewayAPICRDVersionBelowMinimum, $"The Gateway API CRD {name} with version {text} is lower than the minimum version v{minimum}: it is not watched"),
        _ when version < Soon => (IstioCodes.FutureUnsupportedGatewayAPIVersion, $"The Gateway API CRD version {text} will be lower than the minimum version v{Soon} in the next release"),
        _ => null,
    };
}
