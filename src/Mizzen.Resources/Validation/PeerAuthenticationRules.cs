using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for PeerAuthentications.</summary>
internal static class PeerAuthenticationRules
{
    private static readonly string[] Modes = ["UNSET", "DISABLE", "PERMISSIVE", "STRICT"];

    public static void Check(JsonNode? spec, Findings findings)
    {
        SelectorRules.Check(spec, findings);
        CheckMode(spec.Text("mtls", "mode"), "spec.mtls.mode", findings);
        if (spec.At("portLevelMtls") is not JsonObject ports)
        {
            return;
        }

        if (spec.At("selector", "matchLabels") is not JsonObject { Count: > 0 })
        {
            findings.Error("spec.portLevelMtls", "needs a selector: ports are those of certain containers", "give selector.matchLabels");
        }

        if (ports.Count == 0)
        {
            findings.Error("spec.portLevelMtls", "is empty", "give a port, or remove it");
        }

        foreach (var (port, mode) in ports)
        {
            findings.Port("spec.portLevelMtls." + port, int.TryParse(port, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : 0);
            CheckMode(mode.Text("mode"), $"spec.portLevelMtls.{port}.mode", findings);
        }
    }

    private static void CheckMode(string mode, string path, Findings findings)
    {
        if (mode.Length > 0 && !Modes.Contains(mode))
        {
            findings.Error(path, $"'{mode}' is no mode" + NearNames.Hint(mode, Modes), "give PERMISSIVE, STRICT or DISABLE");
        }
    }
}
