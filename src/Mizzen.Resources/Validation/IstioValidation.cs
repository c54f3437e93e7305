using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Resources.Validation;

/// <summary>
/// The rules that an object of Istio must keep by itself, whatever else there is: what Istio's admission refuses or warns of. All findings
/// are collected, each with the field and the way out; <see cref="IstioCodes.IsError"/> tells those that refuse the object.
/// </summary>
public static class IstioValidation
{
    /// <summary>Looks at one object.</summary>
    /// <param name="kind">The kind, such as <c>VirtualService</c>; kinds without rules of their own have no findings.</param>
    /// <param name="resource">The object.</param>
    public static IReadOnlyList<Problem> Validate(string kind, JsonObject resource)
    {
        var document = new ResourceDocument(resource, new SourceMap("", new Dictionary<string, int>()));
        var findings = new Findings(document.Key with { Kind = kind });
        if (resource["spec"] is not JsonObject)
        {
            findings.Error("spec", "is missing", $"give the {kind} a spec");
        }

        return findings.All;
    }
}
